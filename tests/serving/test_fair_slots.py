"""Slots that several shops share."""

import time
from collections.abc import Callable
from threading import Event, Thread

import pytest

from recsvc.errors import OverloadedError
from recsvc.serving.fair_slots import FairSlots, ShopSlots
from recsvc.serving.waiting_line import WaitingLine


def waiting(slots: ShopSlots, then: Callable[[], object], n: int = 1) -> list[Thread]:
    """Let ``n`` threads wait for a slot, do something and give it back."""

    def wait() -> None:
        assert slots.acquire(timeout=10)
        then()
        slots.release()

    threads = [Thread(target=wait, daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    return threads


def test_a_shop_that_is_alone_has_all_slots() -> None:
    slots = FairSlots(4)
    one, _ = slots.of_a_shop(), slots.of_a_shop()
    assert [one.acquire(blocking=False) for _ in range(5)] == [True, True, True, True, False]


def test_while_two_are_asked_each_has_its_share_and_one_is_left() -> None:
    slots = FairSlots(6)
    one, other = slots.of_a_shop(), slots.of_a_shop()
    for shop in (one, other):
        shop.begin(time.monotonic())
    assert [one.acquire(blocking=False) for _ in range(3)] == [True, True, False]
    assert [other.acquire(blocking=False) for _ in range(3)] == [True, True, False]


def test_many_active_shops_have_a_slot_each_as_long_as_there_are_some() -> None:
    slots = FairSlots(2)
    shops = [slots.of_a_shop() for _ in range(3)]
    for shop in shops:
        shop.begin(time.monotonic())
    assert [shop.acquire(blocking=False) for shop in shops] == [True, True, False]


def test_free_slots_go_to_the_shops_in_turn() -> None:
    slots, order = FairSlots(1), []
    flooded, other = slots.of_a_shop(), slots.of_a_shop()
    assert flooded.acquire()
    threads = waiting(flooded, lambda: order.append("flooded"), 5)
    while len(flooded.line) < 5:
        time.sleep(0.01)
    threads += waiting(other, lambda: order.append("other"))
    while not other.line:
        time.sleep(0.01)
    flooded.release()
    for thread in threads:
        thread.join(10)
    assert "other" in order[:2]
    assert len(order) == 6


def test_whoever_waits_too_long_gets_no_slot_and_takes_none() -> None:
    slots = FairSlots(1)
    one, other = slots.of_a_shop(), slots.of_a_shop()
    assert one.acquire()
    assert not other.acquire(timeout=0.02)
    one.release()
    assert other.acquire(blocking=False)
    assert slots.n_left == 1


def test_each_shop_has_a_line_of_its_own() -> None:
    slots = FairSlots(1)
    lines = [WaitingLine(1, 1, 0.05, slots.of_a_shop()) for _ in range(2)]
    entered, end = Event(), Event()

    def hold() -> None:
        with lines[0].turn():
            entered.set()
            end.wait(10)

    holder = Thread(target=hold, daemon=True)
    holder.start()
    assert entered.wait(5)
    for line in lines:
        with pytest.raises(OverloadedError, match="within"), line.turn():
            pass
    end.set()
    holder.join(5)
    with lines[1].turn():
        assert lines[1].waiting == 0
