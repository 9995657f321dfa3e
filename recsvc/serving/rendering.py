"""A kept list as the JSON bytes that are sent."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from recsvc.cache.key import ListKey
from recsvc.ranking.query import Query, Reason, Recommendation, RecommendationList, Source

_NOBODY = b'{"user_id":null,'


def render(made: RecommendationList, query: Query, key: ListKey, hidden: frozenset[str]) -> bytes:
    """Return the answer to ``query``: the first ``query.n`` of the items kept under ``key`` that are not ``hidden``."""
    items = visible(made.items, hidden)
    return _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b("|".join(key[:3]).encode(), digest_size=12).hexdigest(),
            "placement": query.asked_for,
            "strategy": made.strategy,
            "model_version": key.model_version,
            "items": [_item(item, rank) for rank, item in enumerate(items[: query.n], start=1)],
        }
    )


def visible(items: Sequence[Recommendation], hidden: frozenset[str]) -> Sequence[Recommendation]:
    """Return the items that are not ``hidden``; a pinned one keeps its rank when others before it are hidden."""
    if not hidden:
        return items
    shown = [item for item in items if item.item_id not in hidden]
    pins = [item for item in shown if item.source is Source.RULE]
    if not pins:
        return shown
    placed = [item for item in shown if item.source is not Source.RULE]
    for pin in pins:
        placed.insert(pin.rank - 1, pin)
    scores = accumulate((item.score for item in placed), min)
    return [replace(item, score=score) for item, score in zip(placed, scores, strict=True)]


def addressed(body: bytes, made_for: Query, query: Query) -> bytes:
    """Put the asker's id into a body that was made for nobody in particular."""
    if made_for.user_id == query.user_id:
        return body
    return b'{"user_id":' + _json(query.user_id) + b"," + body[len(_NOBODY) :]


def _item(item: Recommendation, rank: int) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "rank": rank,
        "score": item.score,
        "source": item.source,
        "reason": _reason(item.reason),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    """Return a reason without what is not known of it."""
    fields: dict[str, Any] = {"type": reason.type}
    if reason.item_ids:
        fields["item_ids"] = reason.item_ids
    if reason.every_days is not None:
        fields["every_days"] = reason.every_days
    if reason.last_days_ago is not None:
        fields["last_days_ago"] = reason.last_days_ago
    return fields


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
