import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import parse
from limits.storage import RedisStorage
from redis import Redis
from support.caches import NAMES, finished, key_of, names_of_tests, redis_cache
from support.processes import NO_REDIS, RedisServer, has_redis

from recsvc.api.rate_limit import RateLimit
from recsvc.cache.bulk import BulkList, BulkRedis
from recsvc.cache.cache import Hit, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import EVERYONE, tag_of
from recsvc.cache.redis_check import check_redis
from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_rights import ACL, ATTEMPTS, PUBSUB, missing_rights
from recsvc.cache.subscription import Subscription
from recsvc.ranking.query import UserKey

KEY = key_of("redis")


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    if not has_redis():
        pytest.skip(NO_REDIS)
    server = RedisServer()
    yield server
    server.kill()


def user_with(server: RedisServer, acl: str) -> str:
    """Return the URL of a user who has just these rights."""
    with Redis.from_url(server.url) as operator:
        operator.execute_command("ACL", "SETUSER", "least", "reset", "on", ">secret", *acl.split())
        operator.acl_log_reset()
    return f"redis://least:secret@127.0.0.1:{server.port}"


def refused(server: RedisServer) -> list[str]:
    """Return what users were refused."""
    with Redis.from_url(server.url) as operator:
        return [entry["object"] for entry in operator.acl_log()]


def test_the_rights_that_are_documented_suffice_for_everything(server: RedisServer) -> None:
    url, epochs = user_with(server, ACL), Epochs()
    cache = redis_cache(url, epochs=epochs)
    listener = Subscription(
        connect(url, timeout_seconds=0.5, max_connections=1), names_of_tests, epochs, cache.keep_up
    )
    listener.start()
    assert epochs.is_trusted()
    for tag in (tag_of(UserKey("user", "redis")), EVERYONE):
        looked = cache.get(KEY)
        assert isinstance(looked, Miss)
        cache.put(KEY, finished("tea"), looked)
        assert isinstance(cache.get(KEY), Hit)
        cache.invalidate(tag)
        assert isinstance(cache.get(KEY), Miss)
    assert listener.problem or cache.health.problem is None
    with connect(url, timeout_seconds=0.5, max_connections=2) as client:
        bulk = BulkRedis(client, NAMES, ttl_seconds=60, rng=cache._rng)
        [miss] = bulk.look([KEY])
        assert miss is not None
        assert bulk.put([BulkList(KEY, finished("tea")[0], miss)]) == 1
        storage = RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix=NAMES.limits)
        limit = RateLimit(parse("2/minute"), lambda: storage)
        assert [limit.refusal_of("ada") is None for _ in range(3)] == [True, True, False]
        assert limit.problem() is None
        assert missing_rights(client, NAMES) == []
    listener.stop()
    cache.close()
    assert refused(server) == []
    assert check_redis(url, NAMES.namespace) is None


@pytest.mark.parametrize("name", [*ATTEMPTS, *PUBSUB[:1]])
def test_a_right_that_is_missing_is_told_by_name(server: RedisServer, name: str) -> None:
    url = user_with(server, f"{ACL} -{name}" if "|" not in name else ACL.replace(f" +{name}", ""))
    told = str(check_redis(url, NAMES.namespace))
    assert f"Redis refuses {name}: give the user the rights" in told or "script|load" in name


def test_a_shop_that_may_not_subscribe_or_count_is_told_why(server: RedisServer) -> None:
    url, epochs = user_with(server, f"{ACL} -subscribe -evalsha"), Epochs()
    client = connect(url, timeout_seconds=0.5, max_connections=2)
    listener = Subscription(client, names_of_tests, epochs, lambda: None)
    listener.start()
    time.sleep(0.3)
    assert "'subscribe' command): give the user the rights" in str(listener.problem)
    storage = RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix=NAMES.limits)
    limit = RateLimit(parse("2/minute"), lambda: storage)
    assert limit.refusal_of("ada") is None
    assert "each worker counts requests alone: Redis refuses a command" in str(limit.problem())
    listener.stop()


def test_the_page_for_operators_names_these_rights() -> None:
    assert ACL in (Path(__file__).parents[2] / "docs/guides/replicas.md").read_text()
