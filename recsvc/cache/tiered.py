"""A near cache in front of a shared one."""

from recsvc.cache.cache import Cache, Hit


class TieredCache:
    """Asks ``near`` first, then ``shared``; what only the shared one knew is kept near as well."""

    def __init__(self, near: Cache, shared: Cache) -> None:
        self._near = near
        self._shared = shared

    def get(self, key: str) -> Hit | None:
        """Return what was last put under ``key``, or None."""
        hit = self._near.get(key)
        if hit is None:
            hit = self._shared.get(key)
            if hit is not None:
                self._near.put(key, hit.value)
        return hit

    def put(self, key: str, value: bytes) -> None:
        """Remember ``value`` in both."""
        self._near.put(key, value)
        self._shared.put(key, value)

    def close(self) -> None:
        """Close both."""
        self._near.close()
        self._shared.close()
