"""A list as the JSON bytes that are kept and sent."""

import hashlib
import json
from dataclasses import asdict
from itertools import accumulate
from typing import Any

from recsvc.cache.key import ListKey
from recsvc.ranking.query import Query, Recommendation, RecommendationList, Source
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.mask import Mask

_NOBODY = b'{"user_id":null,'
_THEN_SPARE = b"\n"
"""Between the answer and the items beyond it; JSON without spaces holds no line break."""


def render(made: RecommendationList, live: LiveVersion, query: Query, key: ListKey) -> bytes:
    """Return what is kept of the list for ``query``: the answer, and the items beyond ``query.n``."""
    items = [_item(item) for item in made.items]
    answer = _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b("|".join(key[:3]).encode(), digest_size=12).hexdigest(),
            "placement": query.asked_for,
            "strategy": made.strategy,
            "model_version": live.manifest.model_version,
            "items": items[: query.n],
        }
    )
    return answer + _THEN_SPARE + _json(items[query.n :])


def shown(kept: bytes, n: int, mask: Mask) -> bytes:
    """Return the answer in what is kept, with items from beyond it in the place of those that ``mask`` hides."""
    body, _, spare = kept.partition(_THEN_SPARE)
    if not mask.hidden:
        return body
    answer = json.loads(body)
    if not any(item["item_id"] in mask.hidden for item in answer["items"]):
        return body
    items = answer["items"] + (json.loads(spare) if spare else [])
    visible = _pins_in_place([item for item in items if item["item_id"] not in mask.hidden])[:n]
    return _json(answer | {"items": [item | {"rank": rank} for rank, item in enumerate(visible, start=1)]})


def _pins_in_place(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the pinned items back at their ranks, from which those that are hidden before them have moved them."""
    pins = [item for item in items if item["source"] == Source.RULE]
    if not pins:
        return items
    placed = [item for item in items if item["source"] != Source.RULE]
    for pin in pins:
        placed.insert(pin["rank"] - 1, pin)
    scores = accumulate((item["score"] for item in placed), min)
    return [item | {"score": score} for item, score in zip(placed, scores, strict=True)]


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
