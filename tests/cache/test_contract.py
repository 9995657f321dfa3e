"""What every cache must do, run on every cache."""

from collections.abc import Iterator

import pytest
from support.caches import redis_cache
from support.processes import RedisServer, free_port

from recsvc.cache.cache import Cache, cache_key
from recsvc.cache.near import NearCache
from recsvc.cache.null import NullCache
from recsvc.cache.tiered import TieredCache
from recsvc.ranking.query import Placement, Query

VALUE = b'{"items":[]}'


class CacheContract:
    """A cache may forget, but what it returns is what was put, and it never raises."""

    @pytest.fixture
    def cache(self) -> Iterator[Cache]:
        raise NotImplementedError

    def test_an_unknown_key_is_not_found(self, cache: Cache) -> None:
        assert cache.get("recsvc:list:1:unknown") is None

    def test_what_is_found_is_what_was_put(self, cache: Cache) -> None:
        cache.put("recsvc:list:1:contract-a", VALUE)
        hit = cache.get("recsvc:list:1:contract-a")
        assert hit is None or hit.value == VALUE

    def test_the_last_value_put_wins(self, cache: Cache) -> None:
        cache.put("recsvc:list:1:contract-b", b"old")
        cache.put("recsvc:list:1:contract-b", VALUE)
        hit = cache.get("recsvc:list:1:contract-b")
        assert hit is None or hit.value == VALUE

    def test_an_empty_and_a_large_value_are_taken(self, cache: Cache) -> None:
        cache.put("recsvc:list:1:contract-c", b"")
        cache.put("recsvc:list:1:contract-d", b"x" * 1_000_000)

    def test_closing_is_allowed_at_any_time(self, cache: Cache) -> None:
        cache.close()


class RemembersContract(CacheContract):
    """A cache that does remember."""

    def test_what_was_put_is_found(self, cache: Cache) -> None:
        cache.put("recsvc:list:1:contract-e", VALUE)
        assert cache.get("recsvc:list:1:contract-e").value == VALUE


class TestNear(RemembersContract):
    @pytest.fixture
    def cache(self) -> Cache:
        return NearCache(max_bytes=100_000, ttl_seconds=60)


class TestNull(CacheContract):
    @pytest.fixture
    def cache(self) -> Cache:
        return NullCache()


class TestRedis(RemembersContract):
    @pytest.fixture
    def cache(self, shared_redis: RedisServer) -> Iterator[Cache]:
        cache = redis_cache(shared_redis.url)
        yield cache
        cache.close()


class TestRedisThatIsNotThere(CacheContract):
    @pytest.fixture
    def cache(self) -> Iterator[Cache]:
        cache = redis_cache(f"redis://127.0.0.1:{free_port()}/0")
        yield cache
        cache.close()


class TestTiered(RemembersContract):
    @pytest.fixture
    def cache(self, shared_redis: RedisServer) -> Iterator[Cache]:
        cache = TieredCache(NearCache(max_bytes=100_000, ttl_seconds=60), redis_cache(shared_redis.url))
        yield cache
        cache.close()


def test_a_key_names_the_version_and_nobodys_id() -> None:
    key = cache_key("20260101", Query(user_id="17850", item_ids=("85123A",)))
    assert key.startswith("recsvc:list:20260101:")
    assert "17850" not in key
    assert "85123A" not in key


def test_queries_with_the_same_answer_share_a_key() -> None:
    one = Query(Placement.BOUGHT_TOGETHER, item_ids=("a", "b", "a"), exclude=("x", "y"))
    other = Query(Placement.BOUGHT_TOGETHER, item_ids=("b", "a"), exclude=("y", "x", "x"))
    assert cache_key("1", one) == cache_key("1", other)


@pytest.mark.parametrize(
    "other",
    [
        Query(n=11),
        Query(user_id="u"),
        Query(Placement.DISCOVER),
        Query(item_ids=("a",)),
        Query(exclude=("a",)),
        Query(user_id="null"),
    ],
)
def test_queries_with_other_answers_have_other_keys(other: Query) -> None:
    assert cache_key("1", other) != cache_key("1", Query())


def test_versions_do_not_share_keys() -> None:
    assert cache_key("1", Query()) != cache_key("2", Query())


def test_another_diversity_has_other_keys_and_none_changes_nothing() -> None:
    assert cache_key("1", Query(), 0.3) != cache_key("1", Query(), 0.2) != cache_key("1", Query())
    assert cache_key("1", Query(), 0.0) == cache_key("1", Query())
