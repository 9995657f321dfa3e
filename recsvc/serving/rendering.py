"""A list as the JSON bytes that are kept and sent."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from recsvc.cache.key import ListKey
from recsvc.ranking.query import Query, Recommendation, RecommendationList

_NOBODY = b'{"user_id":null,'
_THEN_SPARE = b"\n"
"""Between the answer and the items beyond it; JSON without spaces holds no line break."""


def render(made: RecommendationList, query: Query, key: ListKey) -> bytes:
    """Return what is kept of the list that was made for ``query``: the answer, and the items beyond ``query.n``."""
    items = [_item(item) for item in made.items]
    answer = _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b("|".join(key[:3]).encode(), digest_size=12).hexdigest(),
            "placement": query.placement,
            "strategy": made.strategy,
            "model_version": key.model_version,
            "items": items[: query.n],
        }
    )
    return answer + _THEN_SPARE + _json(items[query.n :])


def shown(kept: bytes, n: int, hidden: frozenset[str]) -> bytes:
    """Return the answer in what is kept, with items from beyond it in the place of those that are ``hidden``."""
    body, _, spare = kept.partition(_THEN_SPARE)
    if not hidden:
        return body
    answer = json.loads(body)
    if not any(item["item_id"] in hidden for item in answer["items"]):
        return body
    items = answer["items"] + (json.loads(spare) if spare else [])
    visible = [item for item in items if item["item_id"] not in hidden][:n]
    return _json(answer | {"items": [item | {"rank": rank} for rank, item in enumerate(visible, start=1)]})


def addressed(body: bytes, made_for: Query, query: Query) -> bytes:
    """Put the asker's id into a body that was made for nobody in particular."""
    if made_for.user_id == query.user_id:
        return body
    return b'{"user_id":' + _json(query.user_id) + b"," + body[len(_NOBODY) :]


def _item(item: Recommendation) -> dict[str, Any]:
    fields = asdict(item)
    # What is not known of a reason is left out.
    fields["reason"] = {name: value for name, value in fields["reason"].items() if value not in (None, ())}
    return fields


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
