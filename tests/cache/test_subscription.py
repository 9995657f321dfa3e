import json
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from redis import Redis
from structlog.testing import capture_logs
from support.caches import NAMES, names_of_tests
from support.processes import RedisServer

from recsvc.cache.epochs import Epochs
from recsvc.cache.redis_connection import connect
from recsvc.cache.subscription import Subscription


@pytest.fixture
def epochs() -> Epochs:
    return Epochs()


@pytest.fixture
def subscription(own_redis: RedisServer, epochs: Epochs) -> Iterator[Subscription]:
    client = connect(own_redis.url, timeout_seconds=0.5, max_connections=1)
    subscription = Subscription(client, names_of_tests, epochs, lambda: None)
    subscription.start()
    yield subscription
    subscription.stop()


def announce(server: RedisServer, message: str) -> None:
    with Redis.from_url(server.url) as client:
        assert client.publish(NAMES.channel, message) == 1
    time.sleep(0.2)


def wait_for(condition, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_after_the_start_the_near_cache_is_trusted(subscription: Subscription, epochs: Epochs) -> None:
    assert epochs.is_trusted()
    assert subscription.problem is None


def test_before_the_start_it_is_not(epochs: Epochs) -> None:
    client = connect("redis://127.0.0.1:1", timeout_seconds=0.1, max_connections=1)
    Subscription(client, names_of_tests, epochs, lambda: None)
    assert not epochs.is_trusted()


def test_an_invalidation_elsewhere_changes_the_epoch_of_its_bucket_alone(
    subscription: Subscription, epochs: Epochs, own_redis: RedisServer
) -> None:
    before = epochs.stamp(7), epochs.stamp(8)
    announce(own_redis, json.dumps({"origin": 1, "bucket": 7}))
    assert epochs.stamp(7) != before[0]
    assert epochs.stamp(8) == before[1]


def test_an_invalidation_of_this_machine_is_known_already(
    subscription: Subscription, epochs: Epochs, own_redis: RedisServer
) -> None:
    before = epochs.stamp(7)
    announce(own_redis, json.dumps({"origin": epochs.origin, "bucket": 7}))
    assert epochs.stamp(7) == before


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        "{}",
        "null",
        '{"origin": 1, "bucket": -1}',
        '{"origin": 1, "bucket": Infinity}',
        '{"origin": 1, "bucket": 1, "withheld_seconds": []}',
        '{"origin": [], "bucket": {}}',
        "[" * 100_000,
        "1" * 5_000,
        "\x00",
        "\xff",
    ],
    ids=range(12),
)
def test_an_announcement_that_cannot_be_read_is_about_everyone(
    subscription: Subscription, epochs: Epochs, own_redis: RedisServer, message: str
) -> None:
    before = epochs.stamp(0)
    announce(own_redis, message)
    assert epochs.stamp(0) != before
    assert epochs.is_trusted()


def test_a_lost_redis_ends_the_trust_and_its_return_invalidates_what_was_kept(
    subscription: Subscription, epochs: Epochs, own_redis: RedisServer
) -> None:
    kept = epochs.stamp(7)
    with capture_logs() as lines:
        own_redis.kill()
        assert wait_for(lambda: not epochs.is_trusted(), 1)
        assert "Redis does not answer" in subscription.problem
        own_redis.start()
        assert wait_for(epochs.is_trusted)
    assert epochs.stamp(7) != kept
    assert [line["event"] for line in lines] == ["subscription_lost", "subscription_back"]


def test_a_redis_that_hangs_ends_the_trust_within_a_second(
    subscription: Subscription, epochs: Epochs, own_redis: RedisServer
) -> None:
    own_redis.hang()
    assert wait_for(lambda: not epochs.is_trusted(), 1)
    own_redis.go_on()
    assert wait_for(epochs.is_trusted)


@pytest.mark.parametrize("seconds", ["1", "1e400", "NaN", "-5", "1e9"])
def test_whatever_is_announced_lists_are_withheld_for_a_minute_at_most(
    subscription: Subscription, epochs: Epochs, own_redis: RedisServer, seconds: str
) -> None:
    announce(own_redis, f'{{"origin": 1, "bucket": 7, "withheld_seconds": {seconds}}}')
    assert epochs.is_trusted()
    assert not epochs.is_withheld(8)
    later = time.monotonic() + 61
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsvc.cache.epochs.time", SimpleNamespace(monotonic=lambda: later))
        assert not epochs.is_withheld(7)
