"""Histories that no shop should have, and some has: each trains and answers, or is refused in one sentence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from math import isfinite
from pathlib import Path

import pytest

from recsvc.errors import DataError
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, ReasonType
from recsvc.ranking.recommender import Recommender
from training.job import TrainingJob
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = TrainingSettings(factors=8, iterations=3, trees=5, windows=3, threads=1)

Row = tuple[str, str, int | None]
"""User, item, age in days."""


def csv(rows: list[Row], *, order: bool = True, date: bool = True, **constants: object) -> str:
    """Return an order file; what a user buys on one day is one order."""
    names = ["customer", "sku", *["date"] * date, *["order"] * order, *constants]
    lines = [",".join(names)]
    for user, item, age in rows:
        day = f"{NOW - timedelta(days=age or 0):%Y-%m-%d}"
        cells = [user, item, *[day] * date, *[f"{user}-{day}"] * order, *map(str, constants.values())]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def shop(n_users: int = 12, n_items: int = 6, n_days: int = 120) -> list[Row]:
    """Return orders of two neighbouring items each, of each user, at regular times."""
    return [
        (f"u{user:03}", f"i{(user + step + second) % n_items:03}", n_days - age)
        for user in range(n_users)
        for step, age in enumerate(range(user % 10, n_days, 15))
        for second in (0, 1)
    ]


def on_one_day(rows: list[Row]) -> list[Row]:
    return [(user, item, 5) for user, item, _ in rows]


def long_ago() -> list[Row]:
    return [*((user, item, age + 3650) for user, item, age in shop()), ("", "tea", 1)]


def at_one_moment() -> str:
    rows = [f"{user},{item},2025-12-01T10:00:00,o{user}" for user, item, _ in shop()]
    return "\n".join(["customer,sku,date,order", *rows]) + "\n"


TRAINS: dict[str, Callable[[], str]] = {
    "one user": lambda: csv(shop(n_users=1)),
    "one item": lambda: csv(shop(n_items=1)),
    "one user, one item, one line": lambda: csv([("ada", "tea", 3)]),
    "one user, one item, one line, undated": lambda: csv([("ada", "tea", 3)], date=False, order=False),
    "all on one day": lambda: csv(on_one_day(shop())),
    "all at one moment": at_one_moment,
    "no dates": lambda: csv(shop(), date=False),
    "no order ids": lambda: csv(shop(), order=False),
    "no dates, no order ids": lambda: csv(shop(), date=False, order=False),
    "two users of the same single item": lambda: csv([("ada", "tea", 3), ("bob", "tea", 9)]),
    "each user ordered once": lambda: csv([(f"u{i}", f"i{i % 7}", i) for i in range(30)]),
    "each item sold once": lambda: csv([(f"u{i % 100}", f"i{i}", i % 200) for i in range(3000)]),
    "a single order": lambda: csv([("ada", f"i{i}", 3) for i in range(50)]),
    "ten years apart": lambda: csv([("ada", "tea", 3650), ("ada", "tea", 1), ("bob", "saw", 3650)]),
    "a shop that slept for ten years": lambda: csv([*shop(), *((u, i, a + 3650) for u, i, a in shop())]),
    "no prices": lambda: csv(shop(), price=""),
    "no customer for ten years, then a guest": lambda: csv(long_ago()),
    "huge quantities": lambda: csv(shop(), quantity=100_000_000, price=99_999_999),
    "every user bought every item": lambda: csv(
        [(f"u{user}", f"i{item}", 90 - item) for user, item in product(range(20), range(10))]
    ),
    "every user buys every item again and again": lambda: csv(
        [(f"u{user}", f"i{item}", age) for user, item, age in product(range(40), range(9), range(0, 150, 21))]
    ),
}

REFUSED: dict[str, str] = {
    "only returns": csv(shop(), quantity=-1),
    "only guests": csv([("", item, age) for _, item, age in shop()]),
    "prices of nothing": csv(shop(), price=0),
    "no lines": csv([]),
}


def train(content: str, directory: Path, settings: TrainingSettings = SETTINGS) -> Model:
    """Train as the program does, and read what it published."""
    path = directory / "orders.csv"
    path.write_text(content)
    job = TrainingJob(OrderSources((str(path),)), directory / "models", settings, NOW)
    job.run(Silent(), lambda _summary, _rejected: None)
    return Registry(directory / "models").load().model


@pytest.mark.parametrize("name", TRAINS)
def test_a_degenerate_history_trains_and_answers(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # Said, because items that are sold once each look like the numbers of the lines.
    model = train(TRAINS[name](), tmp_path, SETTINGS.model_copy(update={"columns": {"item_id": "sku"}}))
    recommender = Recommender(model)
    known = model.users.id_of(model.n_users - 1)
    item_ids = (model.items.id_of(0),)
    for placement, user_id, n in product(Placement, (known, "nobody", None), (1, 100)):
        context = item_ids if placement.needs_items else ()
        check(recommender, Query(placement, n, user_id, context), model)
    assert capfd.readouterr() == ("", "")  # nor does LightGBM, which writes past Python's warnings


def check(recommender: Recommender, query: Query, model: Model) -> None:
    """Assert what holds for every list."""
    items = recommender.recommend(query).items
    shown, scores = [item.item_id for item in items], [item.score for item in items]
    assert len(set(shown)) == len(shown) <= query.n
    assert scores == sorted(scores, reverse=True)
    assert all(isfinite(score) and 0 <= score <= 1 for score in scores)
    assert not set(shown) & set(query.item_ids)
    named = (item.reason.item_ids for item in items if item.reason.type is ReasonType.BECAUSE_YOU_BOUGHT)
    assert all(named), f"{query}: a suggestion says 'because you bought' and names nothing"
    if query.placement in {Placement.FOR_YOU, Placement.TRENDING, Placement.SIMILAR}:
        assert len(shown) == min(query.n, model.n_items - len(query.item_ids))


@pytest.mark.parametrize("name", REFUSED)
def test_a_history_without_customers_purchases_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        train(REFUSED[name], tmp_path)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) > 20
    assert not (tmp_path / "models" / "CURRENT").exists()


def test_what_is_older_than_any_half_life_still_counts(tmp_path: Path) -> None:
    model = train(csv(long_ago()), tmp_path, SETTINGS.model_copy(update={"half_life_days": 1.0}))
    assert model.history.values.min() > 0
    check(Recommender(model), Query(user_id="u000", n=100), model)
