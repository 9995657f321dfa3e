"""Which kept lists may still be given: numbers that change when lists are invalidated.

All workers of a machine share one small file, mapped into each, so that all of them see an invalidation at the
next look, without a message or a thread.
"""

import math
import mmap
import os
import secrets
import time
from pathlib import Path

from recsvc.cache.cache import Lease, Stamp
from recsvc.cache.key import BUCKETS

_ORIGIN = BUCKETS + 1
_WITHHELD = BUCKETS + 2
_SLOTS = _WITHHELD + BUCKETS + 1
_SLOT_BYTES = 8
SIZE_BYTES = _SLOTS * _SLOT_BYTES
"""How large the file is."""


class Epochs:
    """One number for everyone and one for each bucket of users, read on each hit.

    An invalidation writes a random number, not the next one: two processes that invalidate at once must not write
    the same. ``trusted_until`` is how long this process may rely on hearing of invalidations on other machines, in
    seconds of ``time.monotonic``; without other machines, forever.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.trusted_until = math.inf
        self.slots = _mapped(path)
        if path is None:
            self.slots[_ORIGIN] = secrets.randbits(63)

    @classmethod
    def create(cls, path: Path) -> None:
        """Write the file that the workers of a machine share."""
        with path.open("wb") as file:
            # Taken now: where memory ran out later, a write to the mapped file would end the worker.
            os.posix_fallocate(file.fileno(), 0, SIZE_BYTES)
        cls(path).slots[_ORIGIN] = secrets.randbits(63)

    @property
    def origin(self) -> int:
        """A number that all processes with these epochs share, and no others."""
        return self.slots[_ORIGIN]

    def stamp(self, bucket: int) -> Stamp:
        """Return the stamp of what is made from now on for a user in ``bucket``."""
        return Stamp(self.slots[0], self.slots[bucket])

    def is_trusted(self) -> bool:
        """Return whether an invalidation on another machine would have been heard of."""
        return time.monotonic() < self.trusted_until

    def allows(self, lease: Lease) -> bool:
        """Return whether a value with this lease may be given now."""
        now = time.monotonic()
        return (
            now < self.trusted_until
            and now < lease.expires_at
            and self.slots[0] == lease.stamp.everyone
            and self.slots[lease.bucket] == lease.stamp.user
        )

    def is_over(self, lease: Lease) -> bool:
        """Return whether no value with this lease will ever be given again."""
        return (
            time.monotonic() >= lease.expires_at
            or self.slots[0] != lease.stamp.everyone
            or self.slots[lease.bucket] != lease.stamp.user
        )

    def invalidate(self, bucket: int) -> None:
        """End what was made until now for the users in ``bucket``; 0 means for everyone."""
        self.slots[bucket] = secrets.randbits(63)

    def withhold(self, bucket: int, seconds: float) -> None:
        """Let no worker of the machine read the lists of ``bucket`` from Redis for a while: they may be invalid.

        It ends by itself, also when the worker that said so has died; 0 means everyone's.
        """
        self.slots[_WITHHELD + bucket] = round(1000 * (time.monotonic() + seconds))

    def is_withheld(self, bucket: int) -> bool:
        """Return whether lists of ``bucket`` must not be read from Redis now."""
        now = 1000 * time.monotonic()
        return self.slots[_WITHHELD] > now or self.slots[_WITHHELD + bucket] > now


def _mapped(path: Path | None) -> "memoryview[int]":
    """Return the slots, uint64, shape (_SLOTS,), of a shared file or of this process alone."""
    if path is None:
        return memoryview(mmap.mmap(-1, _SLOTS * _SLOT_BYTES)).cast("Q")
    with path.open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), _SLOTS * _SLOT_BYTES)).cast("Q")
