from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from recsvc.connect.order import OrderLine, PlatformOrder
from recsvc.connect.order_recorder import OrderRecorder
from recsvc.connect.refund import Refund
from recsvc.store.event import DAY_US, Appended, Event, EventType
from recsvc.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    yield store
    store.close()


def order(modified: int, pieces: int, user: str = "ada") -> PlatformOrder:
    line = OrderLine("1", "tea", pieces)
    return PlatformOrder("7", "#7", user, DAY_US, DAY_US + modified, is_bought=True, lines=(line,))


class Interrupted:
    """Stores events after something else happened, once."""

    def __init__(self, store: Store, meanwhile: Callable[[], object]) -> None:
        self.store, self.meanwhile = store, [meanwhile]

    def __call__(self, events: Sequence[Event], **while_there: Any) -> Appended:
        while self.meanwhile:
            self.meanwhile.pop()()
        return self.store.events.append(events, **while_there)


def recorder(store: Store, meanwhile: Callable[[], object] = lambda: None) -> OrderRecorder:
    return OrderRecorder("shop", store, Interrupted(store, meanwhile), lambda: 9 * DAY_US)


def record(store: Store, *orders: PlatformOrder) -> None:
    for one in orders:
        recorder(store).record([one], is_whole=False)


def left(store: Store, user: str = "ada") -> float:
    return sum(
        one.quantity if one.type is EventType.PURCHASE else -one.quantity
        for one in store.events.history_of(user)
    )


@pytest.mark.parametrize("before", [[], [order(1, 2)], [order(1, 5)], [order(1, 9)]])
def test_a_state_that_came_in_between_is_not_undone_by_an_older_one(
    store: Store, before: list[PlatformOrder]
) -> None:
    record(store, *before)
    done = recorder(store, lambda: record(store, order(3, 5))).record([order(2, 4)], is_whole=False)
    assert left(store) == 5
    assert (done.n_orders, done.n_old, done.n_events) == (1, 1, 0)


def test_an_older_state_that_came_in_between_is_followed_by_the_newer_one(store: Store) -> None:
    recorder(store, lambda: record(store, order(2, 4))).record([order(3, 5)], is_whole=False)
    assert left(store) == 5


def test_an_order_that_is_deleted_or_moved_meanwhile_stays_so(store: Store) -> None:
    record(store, order(1, 2))
    recorder(store, lambda: record(store, order(3, 5, "bert"))).record([order(2, 4)], is_whole=False)
    assert (left(store), left(store, "bert")) == (0, 5)
    delete = recorder(store).delete
    recorder(store, lambda: delete(["7"], DAY_US + 9)).record([order(8, 6, "bert")], is_whole=False)
    assert left(store, "bert") == 0


def test_a_refund_and_a_state_at_once_are_both_taken(store: Store) -> None:
    record(store, order(1, 5))
    refund = Refund("r", {"1": 2}, DAY_US + 2)
    recorder(store, lambda: record(store, order(3, 6))).refund("7", refund)
    assert left(store) == 4
    other = Refund("s", {"1": 1}, DAY_US + 4)
    recorder(store, lambda: recorder(store).refund("7", other)).record([order(5, 7)], is_whole=False)
    assert left(store) == 4


def test_what_a_run_that_was_ended_had_only_noted_is_stored_by_the_next(store: Store) -> None:
    def end() -> None:
        raise KeyboardInterrupt

    record(store, order(1, 5))
    refund = Refund("r", {"1": 2}, DAY_US + 2)
    for again in ("refund", "record", "delete"):
        take: dict[str, Callable[[OrderRecorder], object]] = {
            "refund": lambda into: into.refund("7", refund),
            "record": lambda into: into.record([order(3, 6)], is_whole=False),
            "delete": lambda into: into.delete(["7"], DAY_US + 4),
        }
        with pytest.raises(KeyboardInterrupt):
            take[again](recorder(store, end))
        take[again](recorder(store))
        assert left(store) == {"refund": 3, "record": 4, "delete": 0}[again]


def test_threads_that_tell_states_of_one_order_leave_the_newest(store: Store) -> None:
    def tell(states: Sequence[int]) -> None:
        record(store, *(order(one, 1 + one % 4) for one in states))

    threads = [Thread(target=tell, args=(range(first, 6, 2),)) for first in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert left(store) == 1 + 5 % 4
