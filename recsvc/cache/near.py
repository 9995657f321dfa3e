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

ENTRY_OVERHEAD_BYTES = 750
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
        entry = self._valid(self.familiar, key, None)
        lists = None if entry is None else Kept.unpack(cast("bytes", entry.value))
        return Miss(stamp) if entry is None or lists is None else Hit(lists, "near", entry.reuse.lease)

    def put(self, key: ListKey, lists: Kept, miss: Miss) -> None:
        """Keep ``lists``, unless they alone are larger than the whole cache."""
        lease, packed = Lease(key.bucket, miss.stamp, time.monotonic() + self._ttl_seconds), lists.pack()
        self.familiar.put(key, _Entry(packed, ENTRY_OVERHEAD_BYTES + len(packed), Reuse(lease)))

    def response(self, query_string: str, basis: Hashable) -> T | None:
        """Return the response to a raw query string, while it is valid."""
        entry = self._valid(self.familiar, query_string, basis) or self._valid(
            self.strangers, query_string, basis
        )
        return None if entry is None else cast("T", entry.value)

    def _valid(self, entries: "_Entries", name: Hashable, basis: Hashable) -> "_Entry | None":
        """Return an entry while it is valid; one that is not leaves its memory to others."""
        entry = entries.get(name)
        if entry is None:
            return None
        if entry.reuse.basis == basis and self._epochs.allows(entry.reuse.lease):
            entry.was_used = True
            return entry
        if entry.reuse.basis != basis or self._epochs.is_over(entry.reuse.lease):
            entries.remove(name, entry)
        return None

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

    def remove(self, name: Hashable, entry: _Entry) -> None:
        with self._lock:
            if self._entries.get(name) is entry:
                self._remove(name)

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
