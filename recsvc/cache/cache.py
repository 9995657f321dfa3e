"""The contract that every cache keeps, and the one definition of its key."""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, Protocol

from recsvc.ranking.query import Query

Tier = Literal["near", "redis"]


@dataclass(frozen=True)
class Hit:
    """A value that was found, and in which cache."""

    value: bytes
    tier: Tier


class Cache(Protocol):
    """Bytes by key; a cache forgets whenever it likes, and never raises."""

    def get(self, key: str) -> Hit | None:
        """Return what was last put under ``key``, or None when it is not known (any more)."""

    def put(self, key: str, value: bytes) -> None:
        """Remember ``value`` under ``key`` for a limited time."""

    def close(self) -> None:
        """Release connections; the cache is not used afterwards."""


def cache_key(model_version: str, query: Query, diversity: float = 0.0) -> str:
    """Return the key of the list that answers ``query``: the same for queries with the same answer.

    ``diversity`` is that of the service: where workers disagree on it, each finds only lists of its own.

    Ids appear only as a digest, so that a key tells nobody who asked for what.
    """
    parts = [
        query.placement,
        query.n,
        query.user_id,
        sorted(set(query.item_ids)),
        sorted(set(query.exclude)),
        *([diversity] if diversity else []),
    ]
    digest = hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
    return f"recsvc:list:{model_version}:{digest}"
