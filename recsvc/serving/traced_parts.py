"""Which calls of which parts of a service are traced, and what their spans say.

No span says who a list is for, what it is kept under, or what a row of the store holds.
"""

from typing import Any, Protocol, TypeVar

from recsvc.cache.cache import Cache, Hit
from recsvc.cache.near import NearCache
from recsvc.ranking.recommender import Recommender
from recsvc.serving.lists import Answer, Lists, Look
from recsvc.store.store import Store
from recsvc.tracing.tracing import Attributes, Step, Tracing

C = TypeVar("C", bound=Cache)

PLACEMENT, STRATEGY, CACHE, VERSION = (
    "recsvc.placement",
    "recsvc.strategy",
    "recsvc.cache",
    "recsvc.model_version",
)
DATABASE = "db.system.name"
REDIS = {DATABASE: "redis"}


class _Given(Protocol):
    """A response to a request for a list."""

    placement: str
    strategy: str
    cache: str


def _hit(found: object) -> Attributes:
    return {"recsvc.hit": isinstance(found, Hit)}


def _of_answer(answer: Answer) -> Attributes:
    return {
        PLACEMENT: answer.query.asked_for,
        STRATEGY: answer.made.strategy,
        CACHE: answer.cache,
        VERSION: answer.key.model_version,
    }


def _of_look(look: Look) -> Attributes:
    return {} if look.answer is None else _of_answer(look.answer)


def _of_response(response: _Given | None) -> Attributes:
    if response is None:
        return {}
    return {PLACEMENT: response.placement, STRATEGY: response.strategy, CACHE: response.cache}


LISTS = {
    "resolve": Step("resolve"),
    "look": Step("look into the caches", of_request=_of_look),
    "finish": Step("finish the list", of_request=_of_answer),
    "answer": Step("answer"),
}
NEAR = {"get": Step("near cache get", told=_hit), "put": Step("near cache put")}
RESPONSES = {"response": Step(None, of_request=_of_response)}
SHARED = {
    "get": Step("redis get", leaves=True, attributes=REDIS, told=_hit),
    "put": Step("redis put", leaves=True, attributes=REDIS),
    "invalidate": Step("redis invalidate", leaves=True, attributes=REDIS),
}
RANKER = {"score": Step("ranker"), "score_best": Step("ranker")}
RECOMMENDER = {"recommend": Step("rank")}


def traced_near(tracing: Tracing, near: NearCache[Any]) -> NearCache[Any]:
    """Return the near cache as lists are looked for in it."""
    return tracing.around(near, NEAR)


def traced_responses(tracing: Tracing, near: NearCache[Any]) -> NearCache[Any]:
    """Return the near cache as responses are looked for in it: in no time, so that the request itself says it."""
    return tracing.around(near, RESPONSES)


def traced_shared(tracing: Tracing, redis: C) -> C:
    """Return the cache that is asked over the network."""
    return tracing.around(redis, SHARED)


def traced_lists(tracing: Tracing, lists: Lists) -> Lists:
    """Return ``lists`` with the steps on the way to an answer traced."""
    return tracing.around(lists, LISTS)


def traced_recommender(tracing: Tracing, recommender: Recommender) -> Recommender:
    """Return ``recommender`` with its list, each candidate source that it asks and its rankers traced."""
    proposer, judge = recommender.judge.proposer, recommender.judge
    around = {
        source: tracing.around(source, {"scores": Step(f"source {name}")})
        for name, source in proposer.by_name.items()
    }
    proposer.sources = tuple(around[source] for source in proposer.sources)
    proposer.by_name = {name: around[source] for name, source in proposer.by_name.items()}
    judge.rankers = {repeats: tracing.around(ranker, RANKER) for repeats, ranker in judge.rankers.items()}
    return tracing.around(recommender, RECOMMENDER)


def traced_store(tracing: Tracing, store: Store) -> Store:
    """Return ``store`` with each call of each of its parts traced: by its name, without what it is given."""
    attributes = {DATABASE: store.system}
    for name, part in store.parts.items():
        step = Step(f"store {name}.", leaves=True, attributes=attributes)
        setattr(store, name, tracing.around_all(part, step))
    return store
