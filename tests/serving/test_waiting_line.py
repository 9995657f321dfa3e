import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from recsvc.errors import OverloadedError
from recsvc.serving.waiting_line import WaitingLine


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
