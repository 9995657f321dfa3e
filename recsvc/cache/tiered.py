"""A near cache in front of a shared one."""

from dataclasses import replace

from recsvc.cache.cache import Cache, Hit, Miss
from recsvc.cache.finished_list import Kept
from recsvc.cache.key import ListKey, UserTag


class TieredCache:
    """Asks ``near`` first, then ``shared``; what only the shared one knew is kept near as well."""

    def __init__(self, near: Cache, shared: Cache) -> None:
        self._near = near
        self._shared = shared

    def get(self, key: ListKey) -> Hit | Miss:
        """Return what was last put under ``key``, unless it is not known (any more)."""
        near = self._near.get(key)
        if isinstance(near, Hit):
            return near
        shared = self._shared.get(key)
        if isinstance(shared, Miss):
            return replace(shared, stamp=near.stamp)
        self._near.put(key, shared.lists, near)
        return shared

    def put(self, key: ListKey, lists: Kept, miss: Miss) -> None:
        """Keep ``lists`` in both."""
        self._near.put(key, lists, miss)
        self._shared.put(key, lists, miss)

    def invalidate(self, tag: UserTag) -> None:
        """Invalidate in both; last in the near one, which could else be refilled from the shared one."""
        self._shared.invalidate(tag)
        self._near.invalidate(tag)

    def close(self) -> None:
        """Close both."""
        self._near.close()
        self._shared.close()
