import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from recsvc.catalogue.item import Item
from recsvc.errors import StoreError
from recsvc.serving.follower import GuardedStore, StoreFollower
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.store.store import Position, Store, open_store


class Counting:
    """A part that counts its looks, and has read everything at the second one."""

    n_looks = 0

    def follow(self, store: Store, position: Position) -> bool:
        self.n_looks += 1
        return self.n_looks > 1


class Losable:
    """A store that is lost when it is told so."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_lost = False
        self.n_asked = 0

    def position(self) -> Position:
        self.n_asked += 1
        if self.is_lost:
            raise StoreError("lost")
        return self._store.position()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Losable]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield Losable(opened)
    opened.close()


def test_a_look_goes_to_all_parts_and_a_refresh_to_the_urgent_ones(store: Losable) -> None:
    urgent, other = Counting(), Counting()
    follower = StoreFollower(GuardedStore(store), [urgent], [other])
    follower.refresh()
    assert (urgent.n_looks, other.n_looks) == (1, 0)
    assert not follower.look()
    assert (urgent.n_looks, other.n_looks) == (2, 1)
    assert follower.look()


class Failing:
    """A part that meets what it cannot read."""

    def follow(self, store: Store, position: Position) -> bool:
        raise TypeError("not as it should be")


def test_a_part_that_fails_stops_no_other(store: Losable) -> None:
    first, urgent, other = Counting(), Counting(), Counting()
    follower = StoreFollower(GuardedStore(store), [Failing(), urgent], [Failing(), other], [Failing(), first])
    with capture_logs() as logs:
        assert not follower.look()
    assert (first.n_looks, urgent.n_looks, other.n_looks) == (1, 1, 1)
    assert [line["part"] for line in logs] == ["Failing"] * 3


class Slow:
    """A part that takes its time; ``has_begun`` is set when it does."""

    def __init__(self) -> None:
        self.has_begun, self.may_end = Event(), Event()

    def follow(self, store: Store, position: Position) -> bool:
        self.has_begun.set()
        return self.may_end.wait(10)


def test_what_is_first_waits_for_nothing_large(store: Losable) -> None:
    slow, first = Slow(), Counting()
    follower = StoreFollower(GuardedStore(store), [slow], [], [first])
    with ThreadPoolExecutor(1) as behind:
        looking = behind.submit(follower.look)
        assert slow.has_begun.wait(10)
        assert first.n_looks == 1
        slow.may_end.set()
        looking.result()


def test_others_do_not_wait_for_what_follows_an_answer(store: Losable) -> None:
    slow = Slow()

    def on_answer() -> None:
        if not slow.has_begun.is_set():
            slow.follow(store, store.position())

    follower = StoreFollower(GuardedStore(store), [Counting()], on_answer=on_answer)
    with ThreadPoolExecutor(1) as behind:
        refreshing = behind.submit(follower.refresh)
        assert slow.has_begun.wait(10)
        started = time.monotonic()
        follower.refresh()
        assert time.monotonic() - started < 5
        slow.may_end.set()
        refreshing.result()


def test_its_age_is_the_time_since_the_store_answered(store: Losable) -> None:
    follower = StoreFollower(GuardedStore(store), [])
    assert follower.age_seconds() == math.inf
    follower.refresh()
    time.sleep(0.05)
    assert 0.05 <= follower.age_seconds() < 5
    store.is_lost = True
    with pytest.raises(StoreError):
        follower.refresh()
    assert follower.age_seconds() >= 0.05


def test_requests_leave_a_lost_store_alone_until_the_thread_found_it_again(store: Losable) -> None:
    follower = StoreFollower(GuardedStore(store), [])
    store.is_lost = True
    for _ in range(3):
        follower.try_refresh()
    assert store.n_asked == 1
    store.is_lost = False
    follower.look()
    follower.try_refresh()
    assert store.n_asked == 3


def test_its_thread_looks_by_itself(store: Losable) -> None:
    part = Counting()
    follower = StoreFollower(GuardedStore(store), [part])
    follower.start()
    deadline = time.monotonic() + 5
    while part.n_looks < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    follower.stop()
    assert part.n_looks >= 2


class Revoking:
    """A part that is first; it sees how far the catalogue was at each look."""

    def __init__(self, catalogue: LiveCatalogue) -> None:
        self._catalogue = catalogue
        self.seen: list[int] = []

    def follow(self, store: Store, position: Position) -> bool:
        self.seen.append(len(self._catalogue.unavailable.item_ids))
        return True


def test_keys_and_erasures_are_heard_of_while_a_large_import_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsvc.store.item_catalogue.Catalogue.changes_since.__defaults__", (0, 10))
    opened = open_store(f"sqlite:///{tmp_path}/large.db")
    opened.catalogue.put([Item(f"i{n}", in_stock=False, updated_at_us=1) for n in range(35)])
    catalogue, rules = LiveCatalogue(), RulesInForce()
    first = Revoking(catalogue)
    follower = StoreFollower(GuardedStore(opened), [catalogue, rules], first=[first])
    follower.start()
    follower.stop()
    assert first.seen == [0, 10, 20, 30]
    assert len(catalogue.unavailable.item_ids) == 35
    opened.close()
