"""Finished lists: from a cache when one is there, else ranked and kept."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from recsvc.cache.cache import Cache, Tier, cache_key
from recsvc.ranking.query import PERSONAL, Query, Recommendation, RecommendationList
from recsvc.serving.live_model import LiveModel, LiveVersion

_NOBODY = b'{"user_id":null,'


@dataclass(frozen=True)
class Answer:
    """A list as JSON bytes, where it came from, and the version it was made with."""

    body: bytes
    cache: Tier | Literal["miss"]
    model_version: str


class Lists:
    """Answers queries from the live model through a cache."""

    def __init__(self, live_model: LiveModel, cache: Cache) -> None:
        self._live_model = live_model
        self._cache = cache

    def answer(self, query: Query) -> Answer:
        """Return the list for ``query``.

        Raises NoModelError until a model is loaded, and what ``Recommender.recommend`` raises.
        """
        live = self._live_model.current()
        version = live.manifest.model_version
        shared = _shared(live, query)
        key = cache_key(version, shared, live.recommender.diversity)
        hit = self._cache.get(key)
        body = _render(live, shared, key) if hit is None else hit.value
        if hit is None:
            self._cache.put(key, body)
        return Answer(_addressed(body, shared, query), hit.tier if hit else "miss", version)


def _shared(live: LiveVersion, query: Query) -> Query:
    """Return the query that all shoppers with the same answer share.

    A list that does not depend on the shopper, and that of a shopper nobody knows, is kept once: made-up
    ids fill no cache.
    """
    known = query.user_id is not None and live.recommender.model.users.index_of(query.user_id) is not None
    return query if known and query.placement in PERSONAL else replace(query, user_id=None)


def _addressed(body: bytes, shared: Query, query: Query) -> bytes:
    """Put the asker's id into a body that was made for nobody in particular."""
    if shared.user_id == query.user_id:
        return body
    return b'{"user_id":' + _json(query.user_id) + b"," + body[len(_NOBODY) :]


def _render(live: LiveVersion, query: Query, key: str) -> bytes:
    version = live.manifest.model_version
    made = live.recommender.recommend(query)
    return _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b(key.encode(), digest_size=12).hexdigest(),
            "placement": query.placement,
            "strategy": made.strategy,
            "model_version": version,
            "items": _items(made),
        }
    )


def _items(made: RecommendationList) -> list[dict[str, Any]]:
    return [_item(item) for item in made.items]


def _item(item: Recommendation) -> dict[str, Any]:
    fields = asdict(item)
    # What is not known of a reason is left out.
    fields["reason"] = {name: value for name, value in fields["reason"].items() if value not in (None, ())}
    return fields


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
