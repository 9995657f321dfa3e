"""The contract that every cache keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

from recsvc.cache.finished_list import Kept
from recsvc.cache.key import ListKey, UserTag

Tier = Literal["near", "redis"]

Versions: TypeAlias = Callable[[], list[str]]
"""Returns the model versions that lists may have been made with by any worker."""


class Stamp(NamedTuple):
    """When, counted in invalidations: equal stamps mean that nothing was invalidated in between."""

    everyone: int
    user: int


NOTHING_INVALIDATED = Stamp(0, 0)


class Lease(NamedTuple):
    """How long this process may give a value again: while the stamp is current, until the moment named."""

    bucket: int
    stamp: Stamp
    expires_at: float


@dataclass(frozen=True)
class Hit:
    """Lists that were found, and in which cache; the lease is there when it was the near one."""

    lists: Kept
    tier: Tier
    lease: Lease | None = None


@dataclass(frozen=True)
class Miss:
    """Nothing was found; what is made from now on is put with this, and refused after an invalidation.

    Attributes:
        stamp: of the near cache.
        generation: of the user's lists in the shared cache, None where that could not be asked.
        epoch: of everyone's lists there.
    """

    stamp: Stamp = NOTHING_INVALIDATED
    generation: bytes | None = None
    epoch: str = ""


class Cache(Protocol):
    """Finished lists by key; a cache may lose any of them at any time, and never raises."""

    def get(self, key: ListKey) -> Hit | Miss:
        """Return what was last put under ``key``, unless it is not known (any more)."""

    def put(self, key: ListKey, lists: Kept, miss: Miss) -> None:
        """Keep ``lists`` for a limited time, unless those of their user were invalidated since ``miss``."""

    def invalidate(self, tag: UserTag) -> None:
        """Give no list of the user any more that was made until now, nor one that is being made."""

    def close(self) -> None:
        """Release connections; the cache is not used afterwards."""
