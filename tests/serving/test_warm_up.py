from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from redis import Redis
from support.caches import NAMES, redis_cache
from support.models import release
from support.processes import RedisServer

from recsvc.cache.bulk import BulkRedis
from recsvc.cache.cache import Hit
from recsvc.cache.finished_list import FinishedList
from recsvc.cache.key import tag_of
from recsvc.cache.redis_connection import connect
from recsvc.errors import CacheError
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Shop
from recsvc.serving.warm_up import WarmUp, WarmUpPlan, active_users

BOTH = WarmUpPlan(placements=(Placement.FOR_YOU, Placement.DISCOVER), lists_per_second=10_000)


@pytest.fixture
def bulk(own_redis: RedisServer) -> Iterator[BulkRedis]:
    client = connect(own_redis.url, timeout_seconds=0.5, max_connections=1)
    bulk = BulkRedis(client, NAMES, ttl_seconds=60, rng=Random(1))  # noqa: S311 - spreads expiry times
    yield bulk
    bulk.close()


def warmed(
    registry: Registry, bulk: BulkRedis, plan: WarmUpPlan = BOTH, version: str | None = None
) -> WarmUp:
    warm_up = WarmUp(LiveVersion.of(registry.load(version), 0.0), bulk, plan)
    warm_up.run(lambda _progress: None)
    return warm_up


def test_the_active_are_those_of_the_last_days_latest_first(model: Model) -> None:
    names = [model.users.id_of(int(user)) for user in active_users(model, 5)]
    assert names == ["ada", "ann", "ben"]  # 1, 3 and 5 days ago; bob 6
    assert len(active_users(model, 90)) == 4


def test_without_dates_everyone_is_active(model: Model) -> None:
    undated = replace(model, popularity_windows_days=np.zeros(1, np.int32), popularity=model.popularity[:1])
    assert active_users(undated, 0).tolist() == [0, 1, 2, 3]


def test_what_is_served_is_found_in_redis_and_is_what_would_have_been_made(
    registry: Registry, bulk: BulkRedis, own_redis: RedisServer
) -> None:
    assert warmed(registry, bulk).progress.written == 8
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    cache = redis_cache(own_redis.url)
    lists = Lists(live_model, cache)
    for user_id in ("ada", "ann", "ben", "bob"):
        for placement in BOTH.placements:
            query = Query(placement, 10, user_id)
            answer = lists.answer(query)
            assert answer.cache == "redis"
            made = FinishedList.of(lists.resolve(query).make())
            assert answer.made.rows == made.rows[: query.n]
            assert (answer.made.words, answer.made.strategy) == (made.words, made.strategy)
    lists.close()
    cache.close()


def test_a_second_run_makes_nothing(registry: Registry, bulk: BulkRedis) -> None:
    first = warmed(registry, bulk).progress
    second = warmed(registry, bulk).progress
    assert (second.written, second.skipped, second.done) == (0, 8, 8)
    assert second.redis_bytes == first.redis_bytes > 1000


def test_a_run_that_ended_early_is_gone_on_with(registry: Registry, bulk: BulkRedis) -> None:
    slow = replace(BOTH, lists_per_second=8)  # a shopper at a time
    warm_up = WarmUp(LiveVersion.of(registry.load(), 0.0), bulk, slow)

    def interrupt(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        warm_up.run(interrupt)
    assert (warm_up.progress.written, warm_up.progress.n_lists) == (2, 8)
    assert warmed(registry, bulk).progress.written == 6


def test_a_version_that_is_not_live_yet_answers_from_redis_at_once(
    registry: Registry, model: Model, bulk: BulkRedis, own_redis: RedisServer
) -> None:
    registry.publish(model, release("2"), activate=False)
    warmed(registry, bulk, version="2")
    live_model = LiveModel(registry, poll_seconds=60)
    registry.activate("2")
    live_model.refresh()
    cache = redis_cache(own_redis.url)
    answer = Lists(live_model, cache).answer(Query(user_id="ada"))
    assert (answer.cache, answer.key.model_version) == ("redis", "2")
    cache.close()


def test_lists_invalidated_while_they_are_made_are_not_taken(
    registry: Registry, bulk: BulkRedis, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = redis_cache(own_redis.url)
    put = bulk.put

    def invalidate_first(lists):
        cache.invalidate(tag_of(UserKey("user", "ada")))
        return put(lists)

    monkeypatch.setattr(bulk, "put", invalidate_first)
    progress = warmed(registry, bulk).progress
    assert (progress.written, progress.invalidated) == (6, 2)
    version = LiveVersion.of(registry.load(), 0.0)
    assert not isinstance(cache.get(ResolvedQuery.of(version, Query(user_id="ada"), Shop()).key), Hit)
    cache.close()


def test_a_full_redis_ends_it_and_says_what_to_do(
    registry: Registry, bulk: BulkRedis, own_redis: RedisServer
) -> None:
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
    with pytest.raises(CacheError, match="raise maxmemory"):
        warmed(registry, bulk)


def test_a_lost_redis_ends_it(registry: Registry, bulk: BulkRedis, own_redis: RedisServer) -> None:
    own_redis.kill()
    with pytest.raises(CacheError, match="does not answer"):
        warmed(registry, bulk)
