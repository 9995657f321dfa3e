"""The slots for making lists, shared fairly among the shops of a worker."""

import time
from collections import deque
from threading import Event, Lock

from recsvc.serving.turnstile import ACTIVE_SECONDS, Activity, Turnstile

NO_LIMIT_SECONDS = 3600.0


class FairSlots:
    """``n_slots`` for all shops together; those who wait for one stand in a line for each shop.

    A free slot goes to the shops in turn. While others are asked too, a shop holds at most its share of the slots, and
    one share is left: however many wait for its lists, whoever asks for one of another shop mostly finds a free slot.
    """

    def __init__(self, n_slots: int) -> None:
        self._n_slots = n_slots
        self._lock = Lock()
        self._shops: deque[ShopSlots] = deque()
        self.activity = Activity()
        self._n_held = 0
        self.n_left = 0

    @property
    def is_full(self) -> bool:
        """Whether all slots are held."""
        return self._n_held >= self._n_slots

    def of_a_shop(self) -> "ShopSlots":
        """Return the slots as one more shop sees them."""
        shop = ShopSlots(self)
        self._shops.append(shop)
        return shop

    def enter(self, shop: "ShopSlots") -> bool:
        """Return whether ``shop`` got a slot at once."""
        with self._lock:
            if self._n_held >= self._n_slots or shop.n_held >= self._share():
                return False
            self._give_to(shop)
            return True

    def enter_in_turn(self, shop: "ShopSlots", seconds: float) -> bool:
        """Wait for a slot; return whether ``shop`` got one in time."""
        turn = Event()
        with self._lock:
            shop.line.append(turn)
            self._call_next()
        if turn.wait(seconds):
            return True
        with self._lock:
            if turn.is_set():
                return True
            shop.line.remove(turn)
            return False

    def leave(self, shop: "ShopSlots") -> None:
        """Give a slot back."""
        with self._lock:
            shop.n_held -= 1
            self._n_held -= 1
            self.n_left += 1
            self._call_next()

    def _give_to(self, shop: "ShopSlots") -> None:
        shop.n_held += 1
        self._n_held += 1

    def _call_next(self) -> None:
        """Give the free slots to those who wait, one shop after the other."""
        share = self._share()
        for _ in range(len(self._shops)):
            if self._n_held >= self._n_slots:
                return
            shop = self._shops[0]
            self._shops.rotate(-1)
            if shop.line and shop.n_held < share:
                self._give_to(shop)
                shop.line.popleft().set()

    def _share(self) -> int:
        now = time.monotonic()
        n_active = sum(
            bool(shop.n_held or shop.line) or now - shop.asked_at < ACTIVE_SECONDS for shop in self._shops
        )
        return self._n_slots if n_active <= 1 else max(1, self._n_slots // (n_active + 1))


class ShopSlots:
    """The slots as one shop sees them; to be used as a semaphore, by threads that came in by ``begin`` and by others.

    Whoever waits for a slot or holds one is not counted among the requests that run: the slots bound these.

    Attributes:
        n_held: how many it holds.
        line: who waits for one.
        asked_at: when it was last asked for anything, in seconds of ``time.monotonic``.
    """

    def __init__(self, slots: FairSlots) -> None:
        self._slots = slots
        self.n_held = 0
        self.line: deque[Event] = deque()
        self.asked_at = float("-inf")
        self._turnstile = Turnstile()

    def begin(self, now: float) -> None:
        """Begin to answer a request that came ``now``, in seconds of ``time.monotonic``."""
        self.asked_at = now
        activity = self._slots.activity
        activity.note(self, now)
        self._turnstile.enter(is_free=not activity.is_of_others(self, now))

    def end(self) -> None:
        """Be done with a request."""
        self._turnstile.leave()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Return whether a slot was got."""
        has_slot = self._slots.enter(self)
        if has_slot or not blocking:
            if has_slot:
                self._turnstile.step_out()
            return has_slot
        self._turnstile.step_out()
        has_slot = self._slots.enter_in_turn(self, timeout if timeout is not None else NO_LIMIT_SECONDS)
        if not has_slot:
            self._turnstile.step_in(is_free=self._is_alone())
        return has_slot

    def release(self) -> None:
        """Give a slot back."""
        self._slots.leave(self)
        self._turnstile.step_in(is_free=self._is_alone())

    def _is_alone(self) -> bool:
        return not self._slots.activity.is_of_others(self, time.monotonic())
