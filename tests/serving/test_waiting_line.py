import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from structlog.testing import capture_logs

from recsvc.errors import OverloadedError, UnknownItemError
from recsvc.serving.waiting_line import MAX_QUEUED, Refresher, SingleFlight, WaitingLine


def test_a_key_that_is_queued_is_not_queued_again() -> None:
    refresher, go_on, done = Refresher(), Event(), []
    refresher.submit("first", go_on.wait)
    for _ in range(5):
        refresher.submit("key", lambda: done.append(1))
    refresher.submit("last", lambda: done.append(2))
    go_on.set()
    while 2 not in done:
        pass
    refresher.close()
    assert done == [1, 2]


def test_what_does_not_fit_is_left_out() -> None:
    refresher, go_on, done = Refresher(), Event(), []
    refresher.submit("first", go_on.wait)
    for number in range(MAX_QUEUED + 50):
        refresher.submit(number, lambda: done.append(1))
    refresher._executor.submit(go_on.set)
    go_on.set()
    refresher._executor.shutdown(wait=True)
    assert len(done) == MAX_QUEUED - 1


def test_a_failure_is_logged_and_the_next_is_done() -> None:
    refresher, done = Refresher(), []
    with capture_logs() as lines:
        refresher.submit("bad", lambda: 1 / 0)
        refresher.submit("good", lambda: done.append(1))
        refresher._executor.shutdown(wait=True)
    assert done == [1]
    assert [(line["event"], line["error"]) for line in lines] == [("refresh_failed", "ZeroDivisionError")]


def test_what_a_hundred_ask_for_at_once_is_done_once() -> None:
    flights, barrier, done = SingleFlight(wait_seconds=5), Barrier(100), []

    def work() -> bytes:
        time.sleep(0.2)
        done.append(1)
        return b"list"

    def ask(_number: int) -> bytes:
        barrier.wait()
        return flights.do("key", work)

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(ask, range(100))) == {b"list"}
    assert len(done) == 1
    assert flights.landed == 1


def test_what_others_ask_for_is_not_waited_for() -> None:
    flights = SingleFlight(wait_seconds=5)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(flights.do, "slow", lambda: time.sleep(0.3) or b"slow")
        assert flights.do("quick", lambda: b"quick") == b"quick"
        assert not slow.done()


def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    flights, barrier = SingleFlight(wait_seconds=5), Barrier(5)

    def fail() -> bytes:
        time.sleep(0.2)
        raise UnknownItemError("soup")

    def ask(_number: int) -> str:
        barrier.wait()
        with pytest.raises(UnknownItemError) as caught:
            flights.do("key", fail)
        return str(caught.value)

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(5))) == ["soup"] * 5
    assert flights.do("key", lambda: b"list") == b"list"


def test_nobody_waits_for_another_longer_than_agreed() -> None:
    flights = SingleFlight(wait_seconds=0.05)
    with ThreadPoolExecutor(1) as pool:
        leading = pool.submit(flights.do, "key", lambda: time.sleep(0.4) or b"list")
        time.sleep(0.05)
        with pytest.raises(OverloadedError, match=r"longer than 0\.05 s"):
            flights.do("key", lambda: b"other")
        assert leading.result() == b"list"


def hold(line: WaitingLine, seconds: float) -> float:
    with line.turn():
        time.sleep(seconds)
    return time.monotonic()


def test_no_more_are_let_in_at_once_than_there_are_slots() -> None:
    line, inside, most = WaitingLine(2, 10, 5), [], []

    def work(number: int) -> None:
        with line.turn():
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(number)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(10)))
    assert max(most) == 2
    assert line.waiting == 0


def test_when_the_line_is_full_the_next_is_refused_at_once_and_later_let_in() -> None:
    line = WaitingLine(slots=1, max_waiting=1, wait_seconds=5)
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(hold, line, 0.3) for _ in range(2)]
        time.sleep(0.1)
        started = time.monotonic()
        with pytest.raises(OverloadedError, match="1 requests wait"), line.turn():
            pass
        assert time.monotonic() - started < 0.1
        for one in held:
            one.result()
    with line.turn():
        pass


def test_nobody_waits_longer_than_agreed() -> None:
    line = WaitingLine(slots=1, max_waiting=5, wait_seconds=0.05)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold, line, 0.4)
        time.sleep(0.1)
        with pytest.raises(OverloadedError, match=r"within 0\.05 s"), line.turn():
            pass
        held.result()
    assert line.waiting == 0


def test_a_failure_inside_gives_the_slot_back() -> None:
    line = WaitingLine(slots=1, max_waiting=0, wait_seconds=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), line.turn():
            raise ZeroDivisionError
