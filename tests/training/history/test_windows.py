import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.orders import DAY, NEWEST, order_lines

from training.history.windows import RANDOM_WINDOWS, Window, past_windows
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(windows=3, window_days=28, window_step_days=28)
NO_LINES = order_lines().clear()


def windows_of(
    lines: pl.DataFrame, guests: pl.DataFrame = NO_LINES, settings: TrainingSettings = SETTINGS
) -> list[Window]:
    return list(past_windows(lines, guests, settings))


def ages(lines: pl.DataFrame) -> list[float]:
    return sorted((NEWEST - at) / DAY for at in lines["ordered_at"])


def daily(n_days: int) -> pl.DataFrame:
    """One purchase a day, the last one today."""
    return order_lines(*((f"u{age % 7}", "tea", age) for age in range(n_days)))


def undated(n_orders: int = 200) -> pl.DataFrame:
    """Orders of three items each, by ten users."""
    return order_lines(*((f"u{i % 10}", f"i{j}", None, f"o{i}") for i in range(n_orders) for j in range(3)))


def test_windows_lie_one_before_the_other_newest_first() -> None:
    windows = windows_of(daily(200))
    assert [ages(window.next) for window in windows] == [
        list(range(28)),
        list(range(28, 56)),
        list(range(56, 84)),
    ]
    assert [min(ages(window.known)) for window in windows] == [28, 56, 84]
    assert {max(ages(window.known)) for window in windows} == {199}


def test_windows_may_overlap() -> None:
    settings = SETTINGS.model_copy(update={"window_step_days": 14})
    windows = windows_of(daily(200), settings=settings)
    assert [min(ages(window.known)) for window in windows] == [28, 42, 56]
    assert ages(windows[1].next) == list(range(14, 42))
    assert (settings.overlapping_windows, SETTINGS.overlapping_windows) == (1, 0)


def test_a_window_looks_back_on_at_least_twice_its_length() -> None:
    assert len(windows_of(daily(28 * 4 + 1))) == 2
    assert len(windows_of(daily(28 * 3 + 1))) == 1


def test_windows_of_a_short_history_are_shorter() -> None:
    (window,) = windows_of(daily(31))
    assert ages(window.next) == list(range(10))
    assert ages(window.known) == list(range(10, 31))


def test_a_history_of_a_moment_has_no_past() -> None:
    assert windows_of(order_lines(("ada", "tea", 0), ("bob", "tea", 0))) == []


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=40),
    st.lists(st.floats(0, 400), max_size=10),
    st.integers(1, 60),
)
def test_no_window_sees_the_future(bought: list[float], by_guests: list[float], window_days: int) -> None:
    lines = order_lines(*(("ada", "tea", age) for age in bought))
    guests = order_lines(*((None, "tea", age) for age in by_guests))
    settings = TrainingSettings(windows=4, window_days=window_days, window_step_days=window_days)
    seen_next: list[float] = []
    for window in windows_of(lines, guests, settings):
        known, known_guests, bought_next = ages(window.known), ages(window.known_guests), ages(window.next)
        assert known
        assert not bought_next or min(known) > max(bought_next)
        assert not bought_next or not known_guests or min(known_guests) > max(bought_next)
        assert not bought_next or max(bought_next) - min(bought_next) <= window_days
        assert max(known) == max(ages(lines))
        seen_next += bought_next
    assert seen_next == sorted(seen_next)


def test_guests_are_known_up_to_the_same_moment() -> None:
    guests = order_lines((None, "jam", 100), (None, "jam", 30), (None, "jam", 3))
    assert [ages(window.known_guests) for window in windows_of(daily(200), guests)] == [
        [30, 100],
        [100],
        [100],
    ]


def test_without_dates_whole_orders_are_hidden_and_nothing_is_lost() -> None:
    windows = windows_of(undated())
    assert len(windows) == min(RANDOM_WINDOWS, SETTINGS.windows)
    for window in windows:
        assert not set(window.known["order_id"]) & set(window.next["order_id"])
        assert set(window.next.group_by("order_id").len()["len"]) == {3}
        assert (
            pl.concat([window.known, window.next])
            .sort("order_id", "item_id")
            .equals(undated().sort("order_id", "item_id"))
        )
        assert 20 <= window.next["order_id"].n_unique() <= 60  # of 200, about a fifth


def test_without_dates_each_window_hides_something_else() -> None:
    hidden = [frozenset(window.next["order_id"]) for window in windows_of(undated())]
    assert len(set(hidden)) == len(hidden)


def test_without_dates_and_orders_single_lines_are_hidden() -> None:
    lines = order_lines(*((f"u{i % 10}", f"i{i}", None) for i in range(200)))
    window = windows_of(lines)[0]
    assert window.known.columns == lines.columns
    assert len(window.known) + len(window.next) == 200
    assert 20 <= len(window.next) <= 60


def test_without_dates_guests_are_known() -> None:
    guests = order_lines((None, "jam", None))
    assert windows_of(undated(), guests)[0].known_guests.equals(guests)


def test_what_is_hidden_depends_on_the_seed_alone() -> None:
    one, same, other = (
        windows_of(undated(), settings=TrainingSettings(seed=seed))[0].next for seed in (1, 1, 2)
    )
    assert one.equals(same)
    assert not one.equals(other)
