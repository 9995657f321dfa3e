"""The contract that every cache keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from recsvc.cache.key import ListKey, Owner

Tier = Literal["near", "redis"]


class Stamp(NamedTuple):
    """When, counted in drops: equal stamps mean that nothing was dropped in between."""

    everyone: int
    owner: int


NOTHING_DROPPED = Stamp(0, 0)


class Lease(NamedTuple):
    """How long this process may give a value again: while the stamp is current, until the moment named."""

    bucket: int
    stamp: Stamp
    expires_at: float


@dataclass(frozen=True)
class Hit:
    """A value that was found, and in which cache; the lease is there when it was the near one."""

    value: bytes
    tier: Tier
    lease: Lease | None = None


@dataclass(frozen=True)
class Miss:
    """Nothing was found; what is made from now on is put with this, and refused after a drop.

    Attributes:
        stamp: of the near cache.
        generation: of the owner's lists in the shared cache, None where that could not be asked.
        epoch: of everyone's lists there.
    """

    stamp: Stamp = NOTHING_DROPPED
    generation: bytes | None = None
    epoch: str = ""


class Cache(Protocol):
    """Bytes by key; a cache forgets whenever it likes, and never raises."""

    def get(self, key: ListKey) -> Hit | Miss:
        """Return what was last put under ``key``, unless it is not known (any more)."""

    def put(self, key: ListKey, value: bytes, miss: Miss) -> None:
        """Remember ``value`` for a limited time, unless its owner's lists were dropped since ``miss``."""

    def drop(self, owner: Owner, versions: Sequence[str]) -> None:
        """Forget the lists of ``owner`` that any of ``versions`` made, also those being made."""

    def close(self) -> None:
        """Release connections; the cache is not used afterwards."""
