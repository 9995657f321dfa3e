import time

from redis import Redis
from structlog.testing import capture_logs
from support.caches import redis_cache
from support.processes import RedisServer, free_port

from recsvc.cache.redis import TTL_JITTER

KEY = "recsvc:list:1:redis"


def test_every_key_has_a_time_to_live_that_varies(shared_redis: RedisServer) -> None:
    cache = redis_cache(shared_redis.url, ttl_seconds=100)
    keys = [f"recsvc:list:1:ttl-{number}" for number in range(50)]
    for key in keys:
        cache.put(key, b"x")
    cache.close()
    with Redis.from_url(shared_redis.url) as client:
        lives = [client.pttl(key) / 1000 for key in keys]
    assert min(lives) > 100 * (1 - TTL_JITTER) - 5
    assert max(lives) <= 100 * (1 + TTL_JITTER)
    assert max(lives) - min(lives) > 5


def test_a_redis_that_refuses_costs_next_to_nothing() -> None:
    cache = redis_cache(f"redis://127.0.0.1:{free_port()}/0", pause_seconds=60)
    started = time.monotonic()
    for _ in range(100):
        assert cache.get(KEY) is None
        cache.put(KEY, b"x")
    assert time.monotonic() - started < 0.5
    assert cache.breaker.is_open


def test_a_redis_that_hangs_costs_one_timeout_and_is_used_again_when_it_answers(
    own_redis: RedisServer,
) -> None:
    cache = redis_cache(own_redis.url, pause_seconds=0.2)
    cache.put(KEY, b"x")
    own_redis.hang()
    started = time.monotonic()
    assert [cache.get(KEY) for _ in range(50)] == [None] * 50
    assert time.monotonic() - started < 0.5
    own_redis.go_on()
    time.sleep(0.3)
    assert cache.get(KEY).value == b"x"
    cache.close()


def test_a_redis_that_restarts_is_found_again(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url, pause_seconds=0.05)
    cache.put(KEY, b"x")
    own_redis.kill()
    assert cache.get(KEY) is None
    own_redis.start()
    time.sleep(0.1)
    assert cache.get(KEY) is None
    cache.put(KEY, b"y")
    assert cache.get(KEY).value == b"y"
    cache.close()


def test_losing_redis_and_finding_it_again_are_each_logged_once(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url, pause_seconds=0.01)
    own_redis.kill()
    with capture_logs() as lines:
        for _ in range(5):
            cache.get(KEY)
            time.sleep(0.02)
        own_redis.start()
        time.sleep(0.02)
        for _ in range(5):
            cache.get(KEY)
    assert [line["event"] for line in lines] == ["redis_lost", "redis_back"]
    cache.close()


def test_a_full_redis_is_still_read_and_says_so_once(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url)
    cache.put(KEY, b"x")
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
    with capture_logs() as lines:
        cache.put("recsvc:list:1:more", b"y")
        cache.put("recsvc:list:1:more", b"y")
    assert [line["event"] for line in lines] == ["redis_refuses_writes"]
    assert cache.get(KEY).value == b"x"
    cache.close()
