import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsvc.errors import StoreError
from recsvc.serving.follower import GuardedStore, StoreFollower
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
