import json

import polars as pl
import pytest
from support.models import small_model
from support.orders import order_lines

from recsvc.model.model import Model
from recsvc.ranking.personal_places import PersonalPlaces
from recsvc.ranking.ranker import read_ranker
from training.fit.model import fit_model
from training.history.split import OrderLines
from training.progress import Silent
from training.ranker import rankers
from training.ranker.fitted import FittedRanker
from training.ranker.rankers import MIN_USERS, choose_rankers, look_back, with_rankers
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=4, iterations=3, trees=5, windows=2, threads=1)
NO_LINES = order_lines().clear()


def fortnightly(n_users: int, *, n_items: int = 8) -> pl.DataFrame:
    """Users who buy tea again and again, and something new each time."""
    lines = [
        (f"u{user}", item, age, f"{user}-{age}")
        for user in range(n_users)
        for visit, age in enumerate(range(100, -1, -14))
        for item in ("tea", f"i{(user + visit) % n_items}")
    ]
    return order_lines(*lines)


def fit(lines: pl.DataFrame, settings: TrainingSettings = SETTINGS) -> dict[str, FittedRanker]:
    past, *_ = look_back(OrderLines(lines, NO_LINES), settings, Silent())
    return choose_rankers(past, settings)


def test_both_rankers_are_learned_from_shoppers_who_come_back() -> None:
    fitted = fit(fortnightly(MIN_USERS))
    assert set(fitted) == {"ranker_all", "ranker_new"}
    for ranker in fitted.values():
        read_ranker(ranker.text)
        assert max(ranker.quality.values()) > 0


def test_too_few_shoppers_teach_nothing() -> None:
    assert fit(fortnightly(MIN_USERS - 1)) == {}


def test_a_history_without_a_past_teaches_nothing() -> None:
    assert fit(order_lines(*((f"u{user}", "tea", 0) for user in range(20)))) == {}


def test_where_nothing_new_is_ever_bought_only_repeats_are_learned() -> None:
    lines = order_lines(
        *((f"u{user}", "tea", age, f"{user}-{age}") for user in range(8) for age in (90, 60, 20, 0))
    )
    assert set(fit(lines)) == {"ranker_all"}


def test_undated_orders_teach_too() -> None:
    undated = fortnightly(30).with_columns(ordered_at=pl.lit(None, pl.Int64))
    assert "ranker_all" in fit(undated)


def test_windows_are_fitted_on_at_most_so_many_users() -> None:
    # Of 300 users ten come back: a sample of ten users has less than MIN_USERS of them.
    once = order_lines(*((f"once{i}", "tea", 100 - i % 3) for i in range(290)))
    lines = pl.concat([once, fortnightly(10)])
    assert "ranker_all" in fit(lines)
    assert fit(lines, SETTINGS.model_copy(update={"fit_users": 10})) == {}


def test_no_more_windows_than_a_ranker_needs() -> None:
    # Of 40 shoppers who come back all buy tea again, and ten something new.
    repeats = order_lines(
        *((f"tea{i}", "tea", age, f"{i}-{age}") for i in range(30) for age in range(0, 100, 9))
    )
    lines = pl.concat([repeats, fortnightly(10)])
    windows = SETTINGS.model_copy(update={"windows": 3, "window_days": 14, "max_examples": 15})
    past, *_ = look_back(OrderLines(lines, NO_LINES), windows, Silent())
    assert [part.n_users for part in past["ranker_all"]] == [40]
    assert [part.n_users for part in past["ranker_new"]] == [10, 10]


def test_at_most_one_window_is_fitted_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []

    def counted(*args: object, **options: object) -> Model:
        fitted.append(fit_model(*args, **options))  # type: ignore[arg-type]
        return fitted[-1]

    monkeypatch.setattr(rankers, "fit_model", counted)
    many = SETTINGS.model_copy(update={"windows": 4, "window_days": 7, "max_examples": 10})
    past, *_ = look_back(OrderLines(fortnightly(40), NO_LINES), many, Silent())
    assert [part.n_users for part in past["ranker_all"]] == [40]
    assert len(fitted) == 2


def test_the_newest_past_moment_is_returned_as_well() -> None:
    lines = fortnightly(10)
    _, newest, _ = look_back(OrderLines(lines, NO_LINES), SETTINGS, Silent())
    assert newest is not None
    assert newest.user_orders.max() < lines.filter(pl.col("user_id") == "u0")["order_id"].n_unique()
    one_day = lines.filter(pl.col("ordered_at").rank("dense") == 1)
    assert look_back(OrderLines(one_day, NO_LINES), SETTINGS, Silent())[1] is None


def test_two_runs_learn_the_same() -> None:
    assert fit(fortnightly(12)) == fit(fortnightly(12))


def test_a_ranker_that_could_not_be_learned_stays_as_it_was() -> None:
    model = small_model()
    text = json.dumps({"blend": {"als": 1.0}})
    made = with_rankers(model, {"ranker_new": FittedRanker(text, "als", {})})
    assert (made.ranker_all, made.ranker_new) == (model.ranker_all, text)
    assert made.item_factors is model.item_factors


def test_what_is_served_knows_the_personal_places() -> None:
    places = PersonalPlaces(2, {"als": 1.0})
    ranker = FittedRanker(json.dumps({"blend": {"als": 1.0}}), "als", {}, places=places)
    made = with_rankers(small_model(), {"ranker_new": ranker})
    assert PersonalPlaces.parted(made.ranker_new) == (places, ranker.text)


def test_rankers_are_compared_on_so_many_shoppers_where_older_windows_teach() -> None:
    few = SETTINGS.model_copy(update={"compare_users": 10, "users_a_window": 30, "window_days": 14})
    past, *_ = look_back(OrderLines(fortnightly(40), NO_LINES), few, Silent())
    assert [part.n_users for part in past["ranker_all"]] == [10, 30]


def test_a_single_window_is_learned_from_as_a_whole() -> None:
    one = SETTINGS.model_copy(update={"compare_users": 10, "windows": 1})
    past, *_ = look_back(OrderLines(fortnightly(40), NO_LINES), one, Silent())
    assert [part.n_users for part in past["ranker_all"]] == [40]
    assert choose_rankers(past, one, from_all=False) == choose_rankers(past, one)
