"""A cache in this process."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from cachetools import TTLCache

from recsvc.cache.cache import Hit, Lease, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import ListKey, Owner

ENTRY_OVERHEAD_BYTES = 800
"""What an entry costs beside its value: the key's strings, the lease, the dictionary and the list of ages."""


class _Entry(NamedTuple):
    value: bytes
    lease: Lease


class NearCache:
    """Forgets the least recently used entries beyond ``max_bytes``, and each after ``ttl_seconds``.

    It is passed over while ``epochs`` cannot be trusted.
    """

    def __init__(self, max_bytes: int, ttl_seconds: float, epochs: Epochs) -> None:
        self._entries: TTLCache[ListKey, _Entry] = TTLCache(max_bytes, ttl_seconds, getsizeof=_size)
        self._lock = Lock()
        self._epochs = epochs

    def get(self, key: ListKey) -> Hit | Miss:
        """Return what was last put under ``key``, unless dropped or forgotten."""
        stamp = self._epochs.stamp(key.bucket)
        with self._lock:
            entry = self._entries.get(key)
        if entry is None or not self._epochs.allows(entry.lease):
            return Miss(stamp)
        return Hit(entry.value, "near", entry.lease)

    def put(self, key: ListKey, value: bytes, miss: Miss) -> None:
        """Remember ``value``, unless it alone is larger than the whole cache."""
        lease = Lease(key.bucket, miss.stamp, time.monotonic() + self._entries.ttl)
        entry = _Entry(value, lease)
        with self._lock:
            if _size(entry) <= self._entries.maxsize:
                self._entries[key] = entry

    def drop(self, owner: Owner, versions: Sequence[str]) -> None:  # noqa: ARG002 - the contract's signature
        """Forget the lists of ``owner``, whatever made them."""
        self._epochs.drop(owner.bucket)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    @property
    def size_bytes(self) -> int:
        """What the entries take, in bytes."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)


def _size(entry: _Entry) -> int:
    return len(entry.value) + ENTRY_OVERHEAD_BYTES
