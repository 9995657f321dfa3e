"""How many requests of one shop run while others are asked."""

import time
from threading import Event, Thread

from recsvc.serving import turnstile
from recsvc.serving.turnstile import MOST_INSIDE, Activity, Turnstile


def test_others_are_active_for_a_second_after_they_were_asked() -> None:
    activity, one, other = Activity(), object(), object()
    activity.note(one, 100.0)
    assert not activity.is_of_others(one, 100.0)
    activity.note(other, 100.5)
    activity.note(one, 101.0)
    assert activity.is_of_others(one, 101.0)
    assert activity.is_of_others(other, 101.0)
    assert not activity.is_of_others(one, 101.6)


def come_in(gate: Turnstile, came: list[float], end: Event, *, is_free: bool = False) -> Thread:
    def run() -> None:
        gate.enter(is_free=is_free)
        came.append(time.monotonic())
        end.wait(10)
        gate.leave()

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_one_more_waits_until_somebody_leaves(monkeypatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_SECONDS", 10.0)
    gate, came, end = Turnstile(), [], Event()
    threads = [come_in(gate, came, end) for _ in range(MOST_INSIDE + 1)]
    time.sleep(0.1)
    assert len(came) == MOST_INSIDE
    end.set()
    for thread in threads:
        thread.join(5)
    assert len(came) == MOST_INSIDE + 1


def test_a_shop_that_is_alone_lets_all_in(monkeypatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_SECONDS", 10.0)
    gate, came, end = Turnstile(), [], Event()
    threads = [come_in(gate, came, end, is_free=True) for _ in range(10)]
    time.sleep(0.1)
    assert len(came) == 10
    end.set()
    for thread in threads:
        thread.join(5)


def test_whoever_waits_for_long_goes_in_although_those_inside_hang() -> None:
    gate, came, end = Turnstile(), [], Event()
    threads = [come_in(gate, came, end) for _ in range(MOST_INSIDE + 3)]
    time.sleep(0.5)
    assert len(came) == MOST_INSIDE + 3
    end.set()
    for thread in threads:
        thread.join(5)
    gate.enter(is_free=False)
    gate.leave()


def test_whoever_steps_out_leaves_room_and_comes_back() -> None:
    gate, came, end = Turnstile(), [], Event()
    for _ in range(MOST_INSIDE):
        gate.enter(is_free=False)
        gate.step_out()
    thread = come_in(gate, came, end)
    time.sleep(0.02)
    assert len(came) == 1
    gate.step_in(is_free=False)
    gate.leave()
    end.set()
    thread.join(5)
