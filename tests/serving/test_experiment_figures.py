from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.events import event

from recsvc.outcomes.experiment import Assignment, Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ShopperFigures
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.ranking.query import UserKey
from recsvc.serving.experiment_figures import figures_of
from recsvc.store import experiment_reading
from recsvc.store.event import EventType
from recsvc.store.store import Store, open_store

DAY = 86_400
START = 100 * DAY
TEST = Experiment(
    "first",
    "for_you",
    (Variant("A", 0.5, VariantKind.CONTROL), Variant("B", 0.5, VariantKind.PLACEMENT, placement="trending")),
    START * 1_000_000,
    (START + 10 * DAY) * 1_000_000,
)
HOLD_OUT = Experiment(
    "first",
    "for_you",
    (Variant("A", 0.5, VariantKind.CONTROL), Variant("B", 0.5, VariantKind.HOLD_OUT)),
    START * 1_000_000,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


IDS = RecommendationIds(b"secret")


def list_of(variant: str) -> str:
    """Return the id of a list of ``experiment:variant``."""
    return IDS.write(ListOrigin("for_you", variant, "1", 100), b"", [("als", "popular")])


def bought(shopper: str, day: float, item: str = "tea", price: float = 1.0, **fields: Any) -> Any:
    return event(item, round(START + day * DAY), user_id=shopper, unit_price=price, **fields)


def came_back(shopper: str, day: float, item: str = "tea", **fields: Any) -> Any:
    return event(item, round(START + day * DAY), "return", user_id=shopper, **fields)


def figures(
    store: Store, experiment: Experiment = TEST, members: Any = None, day: float = 5
) -> ShopperFigures:
    now_us = round((START + day * DAY) * 1_000_000)
    return figures_of(experiment, members or {}, store.reading, now_us)


def totals(found: ShopperFigures) -> dict[str, float]:
    return {str(metric): float(values.sum()) for metric, values in found.after.items()}


def test_everyone_who_did_anything_since_the_start_is_in_their_variant(store: Store) -> None:
    names = [f"u{n}" for n in range(40)]
    store.events.append([event("tea", START + n, "view", user_id=name) for n, name in enumerate(names)])
    store.events.append([event("tea", START + 1, "view", user_id=None, session_id="s")])
    store.events.append([event("tea", START - 1, "view", user_id="before"), bought("after", 11)])
    found = figures(store, day=12)
    assert len(found.variant) == 41
    keys = [UserKey("session", "s"), *(UserKey("user", name) for name in sorted(names))]
    expected = [Assignment(TEST).variant_of(key).name == "B" for key in keys]
    assert found.variant.astype(bool).tolist() == expected


def test_orders_revenue_and_clicks_of_the_time_of_the_experiment_count(store: Store) -> None:
    store.events.append([
        bought("ada", 1, price=2.5, order_id="o1", quantity=2.0),
        bought("ada", 1, "milk", price=1.0, order_id="o1"),
        bought("ada", 2, price=4.0),
        bought("ada", -3, price=100.0, order_id="o0"),
        bought("ada", 11, price=100.0),
        event("tea", START + 9, "click", user_id="ada", recommendation_id=list_of("first:A")),
        event("tea", START + 10, "click", user_id="ada", recommendation_id=list_of("first:A")),
        event("milk", START + 10, "click", user_id="ada", recommendation_id=list_of("first:A")),
    ])  # fmt: skip
    found = figures(store, day=12)
    assert totals(found) == {"revenue": 10.0, "orders": 2.0, "clicks": 2.0}
    assert {str(metric): values.tolist() for metric, values in found.before.items()} == {
        "revenue": [100.0], "orders": [1.0], "clicks": [0.0],
    }  # fmt: skip
    assert found.past[Metric.REVENUE].n == 1


def test_what_comes_back_is_taken_out_of_the_order_that_it_came_from(store: Store) -> None:
    store.events.append([
        bought("ada", -3, "saw", price=50.0, order_id="o0"),
        bought("ada", 1, "tea", price=2.0, order_id="o1", quantity=3.0),
        bought("ada", 2, "milk", price=4.0, order_id="o2"),
        came_back("ada", 3, "saw", order_id="o0"),
        came_back("ada", 4, "tea", order_id="o1", quantity=1.0),
        came_back("ada", 14, "milk", order_id="o2"),
    ])  # fmt: skip
    assert totals(figures(store, day=20)) == {"revenue": 4.0, "orders": 1.0, "clicks": 0.0}
    assert totals(figures(store, day=20))["revenue"] == 4.0


def test_what_was_done_longer_before_says_nothing(store: Store) -> None:
    store.events.append([bought("ada", -29), bought("ada", -27, price=7.0), bought("ada", 1)])
    assert figures(store).before[Metric.REVENUE].tolist() == [7.0]


def test_of_a_hold_out_impressions_and_clicks_bring_nobody_in(store: Store) -> None:
    store.events.append([
        event("tea", START + 1, "impression", user_id="ada", recommendation_id=list_of("first:A")),
        event("tea", START + 2, "click", user_id="ann", recommendation_id=list_of("first:A")),
        event("tea", START + 3, "view", user_id="bob"),
    ])  # fmt: skip
    assert [len(figures(store, one).variant) for one in (TEST, HOLD_OUT)] == [3, 1]


def test_who_saw_another_variant_than_theirs_has_strayed(store: Store) -> None:
    variant = {
        name: Assignment(TEST).variant_of(UserKey("user", name)).name for name in ("ada", "ann", "bob")
    }
    other = {"A": "B", "B": "A"}
    shown = {"ada": f"first:{variant['ada']}", "ann": f"first:{other[variant['ann']]}", "bob": "second:C"}
    store.events.append([
        event("tea", START + 1, "impression", user_id=name, recommendation_id=list_of(label))
        for name, label in shown.items()
    ])  # fmt: skip
    assert figures(store).strayed == 1
    assert figures(store, members={"ann": other[variant["ann"]]}).strayed == 0


def test_merged_visits_are_their_user_and_erased_shoppers_are_out(store: Store) -> None:
    store.events.append([
        event("tea", START + 1, user_id=None, session_id="s1", unit_price=3.0),
        event("tea", START + 2, user_id=None, session_id="s2", unit_price=5.0),
        bought("ada", 1, price=10.0), bought("bob", 1, price=20.0),
    ])  # fmt: skip
    assert len(figures(store).variant) == 4
    store.users.merge("session", "s1", "ada", 1)
    found = figures(store)
    assert sorted(found.after[Metric.REVENUE].tolist()) == [5.0, 13.0, 20.0]
    store.users.erase("bob", 1)
    assert sorted(figures(store).after[Metric.REVENUE].tolist()) == [5.0, 13.0]


def test_events_are_read_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.events.append([bought(f"u{n % 7}", n / 10) for n in range(40)])
    whole = figures(store)
    monkeypatch.setattr(experiment_reading, "PART", 3)
    parts = figures(store)
    assert np.array_equal(whole.variant, parts.variant)
    assert totals(whole) == totals(parts)


def test_events_from_long_before_are_not_read(store: Store) -> None:
    store.events.append([event("tea", at, "view") for at in range(0, 60 * DAY, DAY)])
    store.events.append([bought("ada", 1)])
    first = store.reading.first_number(START * 1_000_000)
    assert first == 60
    assert [
        len(part)
        for part in store.reading.events(
            first, experiment_reading.Period(START * 1_000_000, 2 * START * 1_000_000), (EventType.PURCHASE,)
        )
    ] == [1]
