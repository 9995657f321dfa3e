import time
from contextlib import closing
from random import Random
from types import SimpleNamespace

import pytest
from redis import Redis
from structlog.testing import capture_logs
from support.caches import NAMES, finished, key_of, names_of_tests, redis_cache
from support.processes import RedisServer, free_port
from support.redis_proxy import Fault, RedisProxy

from recsvc.cache.cache import Hit, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import EVERYONE, ListKey, tag_of
from recsvc.cache.redis import TTL_JITTER, WITHHELD_SECONDS, RedisCache
from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_names import RedisNames
from recsvc.cache.subscription import Subscription
from recsvc.ranking.query import UserKey

KEY = key_of("redis")


def put(cache: RedisCache, key: ListKey, item_id: str) -> None:
    looked = cache.get(key)
    cache.put(key, finished(item_id), looked if isinstance(looked, Miss) else Miss())


def found(cache: RedisCache, key: ListKey = KEY) -> str | None:
    looked = cache.get(key)
    return looked.lists[0].rows[0][0] if isinstance(looked, Hit) else None


def test_what_something_else_wrote_is_not_found_and_written_over(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url)
    put(cache, KEY, "x")
    with Redis.from_url(own_redis.url) as client:
        name = f"recsvc:tests:list:1:{KEY.user}"
        client.hset(name, client.hkeys(name)[0], "written by something else")
    assert found(cache) is None
    put(cache, KEY, "y")
    assert found(cache) == "y"
    cache.close()


def test_every_key_has_a_time_to_live_that_varies(shared_redis: RedisServer) -> None:
    cache = redis_cache(shared_redis.url, ttl_seconds=100)
    keys = [key_of(f"ttl-{number}") for number in range(50)]
    for key in keys:
        put(cache, key, "x")
    cache.close()
    with Redis.from_url(shared_redis.url) as client:
        lives = [client.pttl(f"recsvc:tests:list:1:{key.user}") / 1000 for key in keys]
    assert min(lives) > 100 * (1 - TTL_JITTER) - 5
    assert max(lives) <= 100 * (1 + TTL_JITTER)
    assert max(lives) - min(lives) > 5


def test_a_redis_that_refuses_costs_next_to_nothing() -> None:
    cache = redis_cache(f"redis://127.0.0.1:{free_port()}/0", pause_seconds=60)
    started = time.monotonic()
    for _ in range(100):
        assert found(cache) is None
        put(cache, KEY, "x")
    assert time.monotonic() - started < 0.5
    assert cache.health.breaker.is_open


def test_a_redis_that_hangs_costs_one_timeout_and_is_used_again_when_it_answers(
    own_redis: RedisServer,
) -> None:
    cache = redis_cache(own_redis.url, pause_seconds=0.2)
    put(cache, KEY, "x")
    own_redis.hang()
    started = time.monotonic()
    assert [found(cache) for _ in range(50)] == [None] * 50
    assert time.monotonic() - started < 0.5
    own_redis.go_on()
    time.sleep(0.3)
    assert found(cache) == "x"
    cache.close()


def test_a_redis_that_restarts_is_found_again(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url, pause_seconds=0.05)
    put(cache, KEY, "x")
    own_redis.kill()
    assert found(cache) is None
    own_redis.start()
    time.sleep(0.1)
    assert found(cache) is None
    put(cache, KEY, "y")
    assert found(cache) == "y"
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
    put(cache, KEY, "x")
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
    with capture_logs() as lines:
        put(cache, key_of("redis", n=3), "y")
        put(cache, key_of("redis", n=3), "y")
    assert [line["event"] for line in lines] == ["redis_refuses_writes"]
    assert found(cache) == "x"
    cache.close()


def test_every_key_begins_with_our_name_carries_the_version_and_expires(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url, versions=("7",))
    put(cache, key_of("u", version="7"), "x")
    put(cache, key_of(None, version="7"), "x")
    cache.invalidate(tag_of(UserKey("user", "u")))
    put(cache, key_of("u", version="7"), "x")
    cache.close()
    with Redis.from_url(own_redis.url) as client:
        names = [name.decode() for name in client.scan_iter()]
        assert len(names) == 4
        assert all(name.startswith("recsvc:") and ":7" in name for name in names)
        assert all(client.pttl(name) > 0 for name in names)


def test_an_invalidated_shopper_leaves_no_key_of_their_own(own_redis: RedisServer) -> None:
    cache, tag = redis_cache(own_redis.url), tag_of(UserKey("user", "u"))
    put(cache, key_of("u"), "x")
    with Redis.from_url(own_redis.url) as client:
        assert any(tag.digest.encode() in name for name in client.scan_iter())
        cache.invalidate(tag)
        assert not any(tag.digest.encode() in name for name in client.scan_iter())
    cache.close()


def test_a_second_list_of_a_shopper_does_not_prolong_the_first(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url, ttl_seconds=1)
    put(cache, key_of("u", n=1), "x")
    time.sleep(0.6)
    put(cache, key_of("u", n=2), "y")
    time.sleep(0.6)
    assert found(cache, key_of("u", n=1)) is None
    cache.close()


def test_a_list_of_ten_takes_little_more_than_its_bytes(own_redis: RedisServer) -> None:
    cache = redis_cache(own_redis.url)
    put(cache, KEY, "x" * 1100)
    cache.close()
    with Redis.from_url(own_redis.url) as client:
        assert client.memory_usage(f"recsvc:tests:list:1:{KEY.user}") <= 1536


def test_an_invalidation_that_redis_did_not_hear_of_is_delivered_when_it_is_back(
    own_redis: RedisServer,
) -> None:
    here, there = redis_cache(own_redis.url, pause_seconds=0.05), redis_cache(own_redis.url)
    put(there, KEY, "old")
    own_redis.hang()
    here.invalidate(tag_of(UserKey("user", "redis")))
    own_redis.go_on()
    assert found(here) is None  # not read before it is delivered
    time.sleep(0.1)
    here.keep_up()
    assert found(there) is None
    here.close()
    there.close()


def test_more_undelivered_invalidations_than_are_kept_become_one_of_everyone(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsvc.cache.redis.MAX_UNDELIVERED", 3)
    cache = redis_cache(own_redis.url, pause_seconds=0.05)
    put(cache, key_of("bystander"), "x")
    own_redis.hang()
    for number in range(5):
        cache.invalidate(tag_of(UserKey("user", f"invalidated-{number}")))
    own_redis.go_on()
    time.sleep(0.1)
    cache.keep_up()
    assert found(cache, key_of("bystander")) is None
    cache.close()


def test_an_invalidation_of_everyone_reaches_a_process_that_knew_the_old_epoch(
    shared_redis: RedisServer,
) -> None:
    epochs = Epochs()
    one, other = (redis_cache(shared_redis.url, epochs=epochs) for _ in range(2))
    put(one, KEY, "x")
    assert found(other) == "x"
    one.invalidate(EVERYONE)
    assert found(other) is None
    one.close()
    other.close()


def test_a_full_redis_that_has_no_lists_of_a_version_is_not_taken_for_a_lost_one(
    own_redis: RedisServer,
) -> None:
    cache = redis_cache(own_redis.url)
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        put(cache, KEY, "x")
        assert found(cache) is None
        assert (cache.health.refuses_writes, cache.health.breaker.is_open) == (True, False)
        client.config_set("maxmemory", 0)
    put(cache, KEY, "x")
    assert found(cache) == "x"
    assert cache.health.problem is None
    cache.close()


@pytest.mark.parametrize("setting", ["min-replicas-to-write", "maxmemory"])
def test_a_refused_invalidation_is_delivered_when_redis_takes_it(
    own_redis: RedisServer, setting: str
) -> None:
    shared = Epochs()
    here, beside = (redis_cache(own_redis.url, epochs=shared) for _ in range(2))
    put(here, KEY, "old")
    assert found(beside) == "old"
    with Redis.from_url(own_redis.url) as client:
        client.config_set(setting, "1")
        here.invalidate(tag_of(UserKey("user", "redis")))
        assert [found(cache) for cache in (here, beside)] == [None, None]
        client.config_set(setting, "0")
        assert [found(cache) for cache in (here, beside)] == [None, None]
        here.keep_up()
    later = time.monotonic() + WITHHELD_SECONDS + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsvc.cache.epochs.time", SimpleNamespace(monotonic=lambda: later))
        assert [found(cache) for cache in (here, beside)] == [None, None]
        put(beside, KEY, "new")
        assert [found(cache) for cache in (here, beside)] == ["new", "new"]
    for cache in (here, beside):
        cache.close()


def test_a_refused_invalidation_is_heard_of_on_other_machines(own_redis: RedisServer) -> None:
    here, there = Epochs(), Epochs()
    client = connect(own_redis.url, timeout_seconds=0.5, max_connections=1)
    listener = Subscription(client, names_of_tests, there, lambda: None)
    listener.start()
    cache, other = redis_cache(own_redis.url, epochs=here), redis_cache(own_redis.url, epochs=there)
    put(cache, KEY, "old")
    assert found(other) == "old"
    with Redis.from_url(own_redis.url) as operator:
        operator.config_set("min-replicas-to-write", "1")
        cache.invalidate(tag_of(UserKey("user", "redis")))
        time.sleep(0.3)
        assert found(other) is None
    listener.stop()
    cache.close()
    other.close()


def test_two_shops_with_one_model_share_a_redis_and_nothing_in_it(shared_redis: RedisServer) -> None:
    one, other = (redis_cache(shared_redis.url, names=RedisNames(shop)) for shop in ("one", "other"))
    put(one, KEY, "x")
    assert found(other) is None
    put(other, KEY, "y")
    other.invalidate(tag_of(UserKey("user", "redis")))
    assert (found(one), found(other)) == ("x", None)
    one.close()
    other.close()


def test_until_the_names_are_known_redis_is_left_alone_and_nothing_is_forgotten(
    shared_redis: RedisServer,
) -> None:
    there = redis_cache(shared_redis.url)
    put(there, KEY, "old")
    late: list[RedisNames | None] = [None]
    client = connect(shared_redis.url, timeout_seconds=0.1, max_connections=1)
    rng = Random(1)  # noqa: S311 - spreads expiry times
    here = RedisCache(
        client, lambda: late[0], Epochs(), lambda: ["1"], ttl_seconds=60, pause_seconds=0.1, rng=rng
    )
    assert found(here) is None
    here.invalidate(tag_of(UserKey("user", "redis")))
    assert found(there) == "old"
    late[0] = NAMES
    here.keep_up()
    assert (found(here), found(there)) == (None, None)
    here.close()
    there.close()


def test_a_list_under_the_key_of_another_is_not_found(shared_redis: RedisServer) -> None:
    cache = redis_cache(shared_redis.url)
    key, other = key_of("sealed"), key_of("sealed", n=3)
    put(cache, key, "x")
    put(cache, other, "y")
    with Redis.from_url(shared_redis.url) as client:
        name = NAMES.hash_of(key)
        fields = {field.partition(b":")[2].decode(): field for field in client.hkeys(name)}
        client.hset(name, fields[key.query], client.hget(name, fields[other.query]))
    assert found(cache, key) is None
    assert found(cache, other) == "y"
    cache.close()


def test_a_wrong_answer_about_the_script_is_not_believed_for_good(own_redis: RedisServer) -> None:
    with closing(RedisProxy(own_redis.port)) as proxy:
        cache = redis_cache(proxy.url, pause_seconds=0.01)
        put(cache, KEY, "x")
        with Redis.from_url(own_redis.url) as client:
            client.script_flush()
        proxy.fault = Fault(b"*1\r\n:1\r\n", lambda name: name in (b"SCRIPT LOAD", b"EVAL"))
        put(cache, key_of("redis", n=3), "y")
        proxy.fault = None
        time.sleep(0.05)
        put(cache, key_of("redis", n=3), "y")
        assert found(cache, key_of("redis", n=3)) == "y"
        cache.close()


@pytest.mark.parametrize("answer", [b"+QUEUED\r\n", b":77\r\n", b"$-1\r\n", b"*0\r\n"])
def test_an_invalidation_is_delivered_only_when_its_answers_are_those_of_the_commands(
    shared_redis: RedisServer, answer: bytes
) -> None:
    there = redis_cache(shared_redis.url)
    with closing(RedisProxy(shared_redis.port)) as proxy:
        here = redis_cache(proxy.url, pause_seconds=0.01)
        put(there, KEY, "old")
        assert found(here) == "old"
        proxy.fault = Fault(answer, lambda name: name in (b"DEL", b"SET"))
        here.invalidate(tag_of(UserKey("user", "redis")))
        proxy.fault = None
        assert found(here) is None
        time.sleep(0.05)
        here.keep_up()
        assert (found(here), found(there)) == (None, None)
        here.close()
    there.close()
