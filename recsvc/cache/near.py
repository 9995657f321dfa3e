"""The cache in this process: finished lists by key, and finished responses by query string."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, Protocol, TypeVar, cast

from recsvc.cache.cache import Hit, Lease, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.finished_list import Kept
from recsvc.cache.key import ListKey, UserTag

ENTRY_OVERHEAD_BYTES = 600
"""What an entry costs beside its value: the key's strings, the lease, the dictionary."""

STRANGERS_SHARE = 1 / 16
"""Of the memory, what responses with an id that nobody knows may take: made-up ids push nobody out."""


class Sized(Protocol):
    """A value that says what it takes in memory."""

    @property
    def size_bytes(self) -> int:
        """About how many bytes it takes."""


T = TypeVar("T", bound=Sized)


@dataclass(frozen=True)
class Reuse:
    """Until when the same response answers the same query string.

    Attributes:
        lease: of the list in it.
        basis: equal to that of the moment while the model, the unavailable items and the rules are the same.
        is_familiar: whether the model or the store knows every id in the query.
    """

    lease: Lease
    basis: Hashable = None
    is_familiar: bool = True


class NearCache(Generic[T]):
    """Takes ``max_bytes`` at most, and gives each entry for ``ttl_seconds`` at most while it is valid.

    An entry is valid while ``epochs`` allows its lease and, of a response, while the basis is the same. When memory is
    needed, the oldest entry goes; one that was used since its last turn goes one turn later. (The "second chance" of
    page replacement: close to least recently used, and a hit moves nothing.)
    """

    def __init__(self, max_bytes: int, ttl_seconds: float, epochs: Epochs) -> None:
        self._ttl_seconds = ttl_seconds
        self._epochs = epochs
        self.strangers = _Entries(int(max_bytes * STRANGERS_SHARE))
        self.familiar = _Entries(max_bytes - self.strangers.max_bytes)

    def get(self, key: ListKey) -> Hit | Miss:
        """Return the lists that were last put under ``key``, while they are valid."""
        stamp = self._epochs.stamp(key.bucket)
        entry = self.familiar.get(key)
        if entry is None or not self._epochs.allows(entry.reuse.lease):
            return Miss(stamp)
        entry.was_used = True
        return Hit(cast("Kept", entry.value), "near", entry.reuse.lease)

    def put(self, key: ListKey, lists: Kept, miss: Miss) -> None:
        """Keep ``lists``, unless they alone are larger than the whole cache."""
        lease = Lease(key.bucket, miss.stamp, time.monotonic() + self._ttl_seconds)
        size = ENTRY_OVERHEAD_BYTES + sum(made.size_bytes for made in lists)
        self.familiar.put(key, _Entry(lists, size, Reuse(lease)))

    def response(self, query_string: str, basis: Hashable) -> T | None:
        """Return the response to a raw query string, while it is valid."""
        entry = self.familiar.get(query_string) or self.strangers.get(query_string)
        if entry is None or entry.reuse.basis != basis or not self._epochs.allows(entry.reuse.lease):
            return None
        entry.was_used = True
        return cast("T", entry.value)

    def put_response(self, query_string: str, response: T, reuse: Reuse) -> None:
        """Keep the response to a raw query string."""
        size = ENTRY_OVERHEAD_BYTES + len(query_string) + response.size_bytes
        entries = self.familiar if reuse.is_familiar else self.strangers
        entries.put(query_string, _Entry(response, size, reuse))

    def invalidate(self, tag: UserTag) -> None:
        """Give no list and no response of the user any more, whatever made them."""
        self._epochs.invalidate(tag.bucket)

    def close(self) -> None:
        """Let go of everything."""
        for entries in (self.familiar, self.strangers):
            entries.clear()

    @property
    def size_bytes(self) -> int:
        """What the entries take in memory."""
        return self.familiar.size_bytes + self.strangers.size_bytes

    def __len__(self) -> int:
        return len(self.familiar) + len(self.strangers)


@dataclass(eq=False, slots=True)
class _Entry:
    value: object
    size_bytes: int
    reuse: Reuse
    was_used: bool = False


class _Entries:
    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self._entries: dict[Hashable, _Entry] = {}
        self._lock = Lock()
        self.get = self._entries.get

    def put(self, name: Hashable, entry: _Entry) -> None:
        if entry.size_bytes > self.max_bytes:
            return
        with self._lock:
            self._remove(name)
            while self.size_bytes + entry.size_bytes > self.max_bytes:
                self._evict_one()
            self._entries[name] = entry
            self.size_bytes += entry.size_bytes

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def _evict_one(self) -> None:
        oldest = next(iter(self._entries))
        entry = self._entries[oldest]
        if entry.was_used:
            entry.was_used = False
            self._entries[oldest] = self._entries.pop(oldest)
        else:
            self._remove(oldest)

    def _remove(self, name: Hashable) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self.size_bytes -= entry.size_bytes
