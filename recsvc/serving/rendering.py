"""A kept list as the JSON bytes that are sent."""

import hashlib
import json

from recsvc.cache.key import ListKey
from recsvc.ranking.query import Query
from recsvc.serving.packing import KeptList

_NOBODY = b'{"user_id":null,'


def render(kept: KeptList, query: Query, key: ListKey, hidden: frozenset[str]) -> bytes:
    """Return the answer to ``query``: the first ``query.n`` of the items kept under ``key`` that are not ``hidden``."""
    rows = kept.visible(hidden)[: query.n]
    return _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b("|".join(key[:3]).encode(), digest_size=12).hexdigest(),
            "placement": query.asked_for,
            "strategy": kept.strategy,
            "model_version": key.model_version,
            "items": [kept.item(row, rank) for rank, row in enumerate(rows, start=1)],
        }
    )


def addressed(body: bytes, made_for: Query, query: Query) -> bytes:
    """Put the asker's id into a body that was made for nobody in particular."""
    if made_for.user_id == query.user_id:
        return body
    return b'{"user_id":' + _json(query.user_id) + b"," + body[len(_NOBODY) :]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
