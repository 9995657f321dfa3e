"""What every cache must do, run on every cache."""

from collections.abc import Iterator

import pytest
from support.caches import finished, key_of, near_cache, redis_cache
from support.processes import RedisServer, free_port

from recsvc.cache.cache import Cache, Hit, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.finished_list import Kept
from recsvc.cache.key import EVERYONE, tag_of
from recsvc.cache.near import NearCache
from recsvc.cache.tiered import TieredCache
from recsvc.ranking.query import UserKey

VALUE = finished("tea", "milk")


def put(cache: Cache, key, value: Kept = VALUE) -> None:
    """Put as the service does: after a look that found nothing."""
    looked = cache.get(key)
    cache.put(key, value, looked if isinstance(looked, Miss) else Miss(generation=b""))


class CacheContract:
    """A cache may forget, but what it returns is what was put and not invalidated, and it never raises."""

    @pytest.fixture
    def cache(self) -> Iterator[Cache]:
        raise NotImplementedError

    def test_an_unknown_key_is_not_found(self, cache: Cache) -> None:
        assert isinstance(cache.get(key_of("contract-unknown")), Miss)

    def test_what_is_found_is_what_was_put(self, cache: Cache) -> None:
        put(cache, key_of("contract-a"))
        found = cache.get(key_of("contract-a"))
        assert isinstance(found, Miss) or found.lists == VALUE

    def test_an_empty_and_a_large_value_are_taken(self, cache: Cache) -> None:
        put(cache, key_of("contract-c"), finished())
        put(cache, key_of("contract-d"), finished("x" * 1_000_000))

    def test_what_was_invalidated_is_not_found(self, cache: Cache) -> None:
        for n in (1, 2):
            put(cache, key_of("contract-e", n=n))
        cache.invalidate(tag_of(UserKey("user", "contract-e")))
        assert all(isinstance(cache.get(key_of("contract-e", n=n)), Miss) for n in (1, 2))

    def test_what_was_being_made_during_an_invalidation_is_not_found(self, cache: Cache) -> None:
        key = key_of("contract-f")
        looked = cache.get(key)
        cache.invalidate(tag_of(UserKey("user", "contract-f")))
        cache.put(key, VALUE, looked)
        assert isinstance(cache.get(key), Miss)

    def test_after_an_invalidation_of_everyone_nothing_is_found(self, cache: Cache) -> None:
        keys = [key_of("contract-g"), key_of(None)]
        for key in keys:
            put(cache, key)
        cache.invalidate(EVERYONE)
        assert all(isinstance(cache.get(key), Miss) for key in keys)

    def test_closing_is_allowed_at_any_time(self, cache: Cache) -> None:
        cache.close()


class RemembersContract(CacheContract):
    """A cache that does remember."""

    def test_what_was_put_is_found(self, cache: Cache) -> None:
        put(cache, key_of("contract-h"))
        assert cache.get(key_of("contract-h")).lists == VALUE

    def test_an_invalidation_leaves_other_shoppers_alone(self, cache: Cache) -> None:
        put(cache, key_of("contract-i"))
        cache.invalidate(tag_of(UserKey("user", "contract-j")))
        assert cache.get(key_of("contract-i")).lists == VALUE

    def test_what_is_made_after_an_invalidation_is_found(self, cache: Cache) -> None:
        cache.invalidate(tag_of(UserKey("user", "contract-k")))
        put(cache, key_of("contract-k"))
        assert isinstance(cache.get(key_of("contract-k")), Hit)
        cache.invalidate(EVERYONE)
        put(cache, key_of("contract-k"))
        assert isinstance(cache.get(key_of("contract-k")), Hit)


class TestNear(RemembersContract):
    @pytest.fixture
    def cache(self) -> Cache:
        return near_cache()


class TestNearWithoutRoom(CacheContract):
    @pytest.fixture
    def cache(self) -> Cache:
        return near_cache(max_bytes=0)


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
        epochs = Epochs()
        cache = TieredCache(NearCache(2_000_000, 60, epochs), redis_cache(shared_redis.url, epochs=epochs))
        yield cache
        cache.close()
