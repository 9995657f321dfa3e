"""A list as the JSON bytes that are kept and sent."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from recsvc.cache.key import ListKey
from recsvc.ranking.query import Query, Recommendation
from recsvc.serving.live_model import LiveVersion

_NOBODY = b'{"user_id":null,'


def render(live: LiveVersion, query: Query, key: ListKey) -> bytes:
    """Make the list for ``query`` and return it as JSON."""
    made = live.recommender.recommend(query)
    return _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b("|".join(key[:3]).encode(), digest_size=12).hexdigest(),
            "placement": query.placement,
            "strategy": made.strategy,
            "model_version": live.manifest.model_version,
            "items": [_item(item) for item in made.items],
        }
    )


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
