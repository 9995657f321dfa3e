import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from recsvc.errors import OverloadedError, UnknownItemError
from recsvc.serving.single_flight import SingleFlight


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
