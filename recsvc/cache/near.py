"""A cache in this process."""

from threading import Lock

from cachetools import TTLCache

from recsvc.cache.cache import Hit

ENTRY_OVERHEAD_BYTES = 400
"""What an entry costs beside its key and value: two string headers, the dictionary and the list of ages."""


class NearCache:
    """Forgets the least recently used entries beyond ``max_bytes``, and each after ``ttl_seconds``."""

    def __init__(self, max_bytes: int, ttl_seconds: float) -> None:
        self._entries: TTLCache[str, bytes] = TTLCache(max_bytes, ttl_seconds, getsizeof=_size)
        self._lock = Lock()

    def get(self, key: str) -> Hit | None:
        """Return what was last put under ``key``, or None."""
        with self._lock:
            value = self._entries.get(key)
        return None if value is None else Hit(value, "near")

    def put(self, key: str, value: bytes) -> None:
        """Remember ``value``, unless it alone is larger than the whole cache."""
        with self._lock:
            if _size(value) <= self._entries.maxsize:
                self._entries[key] = value

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    @property
    def size_bytes(self) -> int:
        """What the entries take, in bytes."""
        return int(self._entries.currsize)


def _size(value: bytes) -> int:
    return len(value) + ENTRY_OVERHEAD_BYTES
