"""A cache in Redis (6.2 or newer) or Valkey, shared by all workers and replicas."""

import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import cast

import structlog
from redis import BlockingConnectionPool, Redis, RedisError, ResponseError
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from recsvc.cache.breaker import Breaker
from recsvc.cache.cache import Hit, Miss, Versions
from recsvc.cache.epochs import Epochs
from recsvc.cache.finished_list import Kept
from recsvc.cache.key import EVERYONE, ListKey, UserTag

TTL_JITTER = 0.1
"""A key lives ``ttl_seconds`` give or take this share, so that lists made together do not expire together."""

GENERATION = "g"
EPOCH_MILLISECONDS = 365 * 86_400 * 1000

PUT = """
if (redis.call('HGET', KEYS[1], 'g') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
"""
"""Writes a list: key of the hash; generation, field, list, life in milliseconds. 0 when it comes too late."""


def list_name(key: ListKey) -> str:
    """Return the name of the hash that the list lies in."""
    return user_name(key.model_version, key.user)


def user_name(version: str, digest: str) -> str:
    """Return the name of the hash with the lists that ``version`` made for the user with this digest."""
    return f"recsvc:list:{version}:{digest}"


def field_name(key: ListKey, epoch: str) -> str:
    """Return the field of a list in its hash."""
    return f"{epoch}:{key.query}"


def epoch_name(version: str) -> str:
    """Return the name of the epoch of everyone's lists."""
    return f"recsvc:epoch:{version}"


def read_epoch(redis: Redis, version: str) -> str:
    """Return the epoch of everyone's lists; begin the first one where there is none.

    Raises RedisError; ResponseError where there is none and Redis is full or read-only.
    """
    name, fresh = epoch_name(version), secrets.token_hex(4)
    found = redis.get(name)
    if found is None and not redis.set(name, fresh, px=EPOCH_MILLISECONDS, nx=True):
        found = redis.get(name)  # somebody was quicker
    return found.decode() if isinstance(found, bytes) else fresh


def jittered_milliseconds(ttl_seconds: float, rng: Random) -> int:
    """Return how long a hash lives."""
    return max(1, round(1000 * ttl_seconds * rng.uniform(1 - TTL_JITTER, 1 + TTL_JITTER)))


CHANNEL = "recsvc:dropped"
"""Where an invalidation is announced, as ``{"origin": …, "bucket": …}``."""

MAX_UNDELIVERED = 10_000
"""More invalidations than this that Redis has not heard of are delivered as one, of everyone's lists."""

_DELIVERED_AT_ONCE = 500
WITHHELD_SECONDS = 5.0
"""So long no worker reads lists whose invalidation Redis did not take; that is said again after half of the time."""


_log = structlog.get_logger(__name__)


def connect(url: str, *, timeout_seconds: float, max_connections: int) -> Redis:
    """Return a pooled client that waits ``timeout_seconds`` for a connection and as long for an answer."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout_seconds,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),  # a retry takes longer than ranking anew
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return Redis.from_pool(pool)


class RedisCache:
    """Fails open: while Redis refuses, hangs or restarts, it is a cache that knows nothing.

    After a failure Redis is left alone for ``pause_seconds``; it is logged once when it goes and once when
    it is back. An invalidation that Redis did not hear of, or refused, is remembered, and no worker that
    can know of it reads those lists, until ``deliver`` gets it through.
    """

    def __init__(  # noqa: PLR0913 - two collaborators beside the client, three numbers by name
        self,
        redis: Redis,
        epochs: Epochs,
        versions: Versions,
        *,
        ttl_seconds: float,
        pause_seconds: float,
        rng: Random,
    ) -> None:
        self._redis = redis
        self._epochs = epochs
        self._versions = versions
        self._ttl_seconds = ttl_seconds
        self._rng = rng
        self._put = redis.register_script(PUT)
        self._epoch_of: dict[str, tuple[int, str]] = {}
        self._undelivered: dict[UserTag, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        self._withhold_again_at = 0.0
        self.refuses_writes = False
        self.breaker = Breaker(pause_seconds)

    def get(self, key: ListKey) -> Hit | Miss:
        """Return what was last put under ``key``; a miss also when Redis does not answer."""
        miss = Miss()
        is_withheld = self._awaits_delivery(key) or self._epochs.is_withheld(key.bucket)
        if self.breaker.allows() and not is_withheld:
            with self._guarded(reads=True):
                epoch = self._epoch(key.model_version)
                if epoch is None:
                    return miss
                fields = [field_name(key, epoch), GENERATION]
                value, generation = cast("list[bytes | None]", self._redis.hmget(list_name(key), fields))
                miss = Miss(generation=generation or b"", epoch=epoch)
                lists = None if value is None else Kept.unpack(value)
                if lists is not None:
                    return Hit(lists, "redis")
        return miss

    def put(self, key: ListKey, lists: Kept, miss: Miss) -> None:
        """Keep ``lists`` for about ``ttl_seconds``, if Redis takes it."""
        if miss.generation is None or not self.breaker.allows():
            return
        with self._guarded():
            field = field_name(key, miss.epoch)
            self._put([list_name(key)], [miss.generation, field, lists.pack(), self._ttl_milliseconds()])
            self.refuses_writes = False

    def invalidate(self, tag: UserTag) -> None:
        """Delete the lists and tell the workers on all machines; later, if Redis is away."""
        versions = tuple(self._versions())
        with self._lock:
            if tag == EVERYONE or len(self._undelivered) >= MAX_UNDELIVERED:
                self._undelivered = {EVERYONE: versions}
            else:
                self._undelivered[tag] = versions
        self.deliver()
        self._withhold()

    def deliver(self) -> None:
        """Tell Redis of the invalidations that it has not heard of."""
        if not self._undelivered or not self.breaker.allows():
            return
        with self._lock:
            waiting = list(self._undelivered.items())[:_DELIVERED_AT_ONCE]
        with self._guarded():
            for tag, versions in waiting:
                if not self._delete(tag, versions):
                    break  # the others would be refused as well
                # Again here: until now, others could have taken the list from Redis.
                self._epochs.invalidate(tag.bucket)
                with self._lock:
                    if self._undelivered.get(tag) is versions:
                        del self._undelivered[tag]

    def keep_up(self) -> None:
        """Deliver what waits, and after a failure try whether Redis is back, so that no request has to."""
        if self.breaker.is_open and self.breaker.allows():
            with self._guarded():
                self._redis.ping()
        self.deliver()
        if time.monotonic() >= self._withhold_again_at:
            self._withhold()

    @property
    def problem(self) -> str | None:
        """What is wrong with Redis, or None."""
        if self.breaker.is_open:
            return "Redis does not answer in time: it is left alone for a while"
        return "Redis takes no lists: it is full or read-only" if self.refuses_writes else None

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def _withhold(self) -> None:
        """Tell all workers, and as far as Redis passes that on all machines, which invalidations wait."""
        self._withhold_again_at = time.monotonic() + WITHHELD_SECONDS / 2
        if not self._undelivered:
            return
        with self._lock:
            buckets = {tag.bucket for tag in self._undelivered}
        for bucket in buckets:
            self._epochs.withhold(bucket, WITHHELD_SECONDS)
        if self.breaker.allows():
            with self._guarded(reads=True):
                pipeline = self._redis.pipeline(transaction=False)
                for bucket in sorted(buckets)[:_DELIVERED_AT_ONCE]:
                    pipeline.publish(CHANNEL, self._announcement(bucket, WITHHELD_SECONDS))
                pipeline.execute(raise_on_error=False)

    def _announcement(self, bucket: int, withheld_seconds: float = 0) -> str:
        return json.dumps(
            {"origin": self._epochs.origin, "bucket": bucket, "withheld_seconds": withheld_seconds}
        )

    def _delete(self, tag: UserTag, versions: Sequence[str]) -> bool:
        """Delete lists; return whether Redis took all of it."""
        # Not one transaction: a full Redis would refuse the whole of it, with the deletion.
        pipeline = self._redis.pipeline(transaction=False)
        for version in versions:
            if tag == EVERYONE:
                pipeline.set(epoch_name(version), secrets.token_hex(4), px=EPOCH_MILLISECONDS)
            else:
                name = user_name(version, tag.digest)
                pipeline.delete(name)
                pipeline.hset(name, GENERATION, secrets.token_hex(4))
                pipeline.pexpire(name, self._ttl_milliseconds())
        pipeline.publish(CHANNEL, self._announcement(tag.bucket))
        is_taken = True
        for result in pipeline.execute(raise_on_error=False):
            if isinstance(result, ResponseError):
                self._refused(result)
                is_taken = False
            elif isinstance(result, RedisError):
                raise result
        return is_taken

    def _epoch(self, version: str) -> str | None:
        """Return the epoch of everyone's lists, asking Redis only where it may have changed.

        None where Redis has none and takes none: it is full or read-only, and has no lists of the version.
        """
        now = self._epochs.stamp(0).everyone
        known, epoch = self._epoch_of.get(version, (None, ""))
        if known == now and self._epochs.is_trusted():
            return epoch
        try:
            epoch = read_epoch(self._redis, version)
        except ResponseError as error:
            self._refused(error)
            return None
        self._epoch_of[version] = (now, epoch)
        return epoch

    def _awaits_delivery(self, key: ListKey) -> bool:
        waiting = self._undelivered
        return bool(waiting) and (EVERYONE in waiting or key.tag in waiting)

    def _ttl_milliseconds(self) -> int:
        return jittered_milliseconds(self._ttl_seconds, self._rng)

    @contextmanager
    def _guarded(self, *, reads: bool = False) -> Iterator[None]:
        """Ask Redis; turn its failures into misses."""
        try:
            yield
        except RedisError as error:
            if isinstance(error, ResponseError) and not reads:
                self._refused(error)
            elif self.breaker.failed():
                _log.warning("redis_lost", error=type(error).__name__, detail=str(error))
        else:
            if self.breaker.succeeded():
                _log.info("redis_back")

    def _refused(self, error: ResponseError) -> None:
        """Go on reading: a Redis that is full or read-only still answers."""
        if not self.refuses_writes:
            _log.warning("redis_refuses_writes", detail=str(error))
        self.refuses_writes = True
