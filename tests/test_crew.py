"""A few threads that do the work of many."""

import threading
from collections.abc import Iterator
from threading import Event

import pytest

from recsvc.crew import Crew
from recsvc.logs import SHOP
from recsvc.repeating import Repeating


@pytest.fixture
def crew() -> Iterator[Crew]:
    crew = Crew()
    crew.start()
    yield crew
    crew.close()


def made_by(crew: Crew, work: object, every_seconds: float = 0.01) -> Repeating:
    with crew.hired():
        return Repeating("test", every_seconds, work)  # type: ignore[arg-type]


def test_two_hundred_works_need_a_few_threads(crew: Crew) -> None:
    done = [Event() for _ in range(200)]
    works = [made_by(crew, one.set) for one in done]
    for work in works:
        work.start()
    assert all(one.wait(10) for one in done)
    assert crew.n_threads <= 20
    for work in works:
        work.stop()


def test_work_that_hangs_keeps_no_other_from_being_done(crew: Crew) -> None:
    end, done = Event(), Event()
    hanging = [made_by(crew, end.wait) for _ in range(3)]
    for one in hanging:
        one.start()
    other = made_by(crew, done.set)
    other.start()
    assert done.wait(10)
    end.set()
    for one in (*hanging, other):
        one.stop()


def test_work_is_never_done_twice_at_a_time(crew: Crew) -> None:
    alone, times, enough = threading.Lock(), [], Event()

    def work() -> None:
        assert alone.acquire(blocking=False)
        times.append(1)
        alone.release()
        if len(times) > 20:
            enough.set()

    works = [made_by(crew, Event().is_set, 0.001) for _ in range(20)]
    for one in (repeating := made_by(crew, work, 0.001), *works):
        one.start()
    assert enough.wait(20)
    for one in (repeating, *works):
        one.stop()


def test_the_stop_waits_for_the_work_that_goes_on_and_nothing_is_done_afterwards(crew: Crew) -> None:
    begun, times = Event(), []

    def work() -> None:
        begun.set()
        Event().wait(0.1)
        times.append(1)

    repeating = made_by(crew, work)
    repeating.start()
    assert begun.wait(5)
    repeating.stop()
    assert len(times) == 1
    assert not Event().wait(0.1)
    assert len(times) == 1


def test_work_that_fails_is_done_again(crew: Crew) -> None:
    done, outcomes = Event(), iter([ValueError("unexpected")])

    def work() -> None:
        for error in outcomes:
            raise error
        done.set()

    repeating = made_by(crew, work)
    repeating.start()
    assert done.wait(5)
    repeating.stop()


def test_work_knows_the_shop_that_it_was_made_for(crew: Crew) -> None:
    seen, done = [], Event()

    def work() -> None:
        seen.append(SHOP.get())
        done.set()

    token = SHOP.set("garden")
    repeating = made_by(crew, work)
    SHOP.reset(token)
    repeating.start()
    assert done.wait(5)
    repeating.stop()
    assert seen[0] == "garden"
    assert SHOP.get() is None
