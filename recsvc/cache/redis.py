"""A cache in Redis (6.2 or newer) or Valkey, shared by all workers and replicas."""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from redis import ConnectionError as RedisConnectionError
from redis import InvalidResponse, Redis
from redis.exceptions import NoScriptError

from recsvc.cache.cache import Hit, Miss, Versions
from recsvc.cache.epochs import Epochs
from recsvc.cache.finished_list import Kept
from recsvc.cache.key import EVERYONE, ListKey, UserTag
from recsvc.cache.redis_names import EPOCH_MILLISECONDS, LateNames, RedisNames, field_name
from recsvc.cache.redis_primary import Primary
from recsvc.cache.refusals import Concern, RedisHealth

TTL_JITTER = 0.1
"""A key lives ``ttl_seconds`` give or take this share, so that lists made together do not expire together."""

PUT = """
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
"""
"""Writes a list: keys of the hash and of the generation; generation, field, list, life in milliseconds.

It returns 0 when the list comes too late.
"""

_PUT_SHA1 = hashlib.sha1(PUT.encode(), usedforsecurity=False).hexdigest()

MAX_UNDELIVERED = 10_000
"""More invalidations than this that Redis has not heard of are delivered as one, of everyone's lists."""

_DELIVERED_AT_ONCE = 500
WITHHELD_SECONDS = 5.0
"""So long no worker reads lists whose invalidation Redis did not take; that is said again after half of the time."""

_NONSENSE = "Redis answered what the command cannot have"


class ServerTurnedError(RedisConnectionError):
    """What listens to the server listens to the wrong one, perhaps: its name may be that of another one now."""


def jittered_milliseconds(ttl_seconds: float, rng: Random) -> int:
    """Return how long a hash lives."""
    return max(1, round(1000 * ttl_seconds * rng.uniform(1 - TTL_JITTER, 1 + TTL_JITTER)))


class RedisCache:
    """Fails open: while Redis refuses, hangs, restarts or talks nonsense, it is a cache that knows nothing.

    After a failure Redis is left alone for ``pause_seconds``; it is logged once when it goes and once when
    it is back. An invalidation that Redis did not hear of, or refused, is remembered, and no worker that
    can know of it reads those lists, until ``deliver`` gets it through. The same holds until ``names`` are known.
    """

    def __init__(  # noqa: PLR0913 - three collaborators beside the client, three numbers by name
        self,
        redis: Redis,
        names: LateNames,
        epochs: Epochs,
        versions: Versions,
        *,
        ttl_seconds: float,
        pause_seconds: float,
        rng: Random,
        on_refusal: Callable[[Concern], None] = lambda _concern: None,
    ) -> None:
        self._redis = redis
        self._names = names
        self._epochs = epochs
        self._versions = versions
        self._ttl_seconds = ttl_seconds
        self._rng = rng
        self._epoch_of: dict[str, tuple[int, str]] = {}
        self._undelivered: dict[UserTag, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        self._withhold_again_at = 0.0
        self._n_turns = 0
        self._primary = Primary(redis)
        self.health = RedisHealth(pause_seconds, redis.connection_pool.disconnect, on_refusal)

    def get(self, key: ListKey) -> Hit | Miss:
        """Return what was last put under ``key``; a miss also when Redis does not answer."""
        miss, names = Miss(self._epochs.stamp(key.bucket)), self._names()
        is_withheld = self._awaits_delivery(key) or self._epochs.is_withheld(key.bucket)
        if names is None or is_withheld or not self.health.breaker.allows():
            return miss
        with self.health.asking("read") as errors:
            epoch = self._epoch(names, key.model_version)
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.hget(names.hash_of(key), field_name(key, epoch))
            pipeline.get(names.generation_of(key))
            value, generation = _two_values(pipeline.execute())
            miss = replace(miss, generation=generation or b"", epoch=epoch)
            packed = None if value is None else names.unsealed(key, value)
            lists = None if packed is None else Kept.unpack(packed)
            if lists is not None:
                return Hit(lists, "redis")
        self._begin_anew(names, key, errors)
        return miss

    def put(self, key: ListKey, lists: Kept, miss: Miss) -> None:
        """Keep ``lists`` for about ``ttl_seconds``, if Redis takes it."""
        names = self._names()
        if miss.generation is None or names is None or not self.health.breaker.allows():
            return
        if self._epochs.stamp(key.bucket) != miss.stamp:
            return  # Redis may have lost the generation that would tell
        with self.health.asking("write") as errors:
            value = names.sealed(key, lists.pack())
            arguments: list[bytes | str | int]
            arguments = [miss.generation, field_name(key, miss.epoch), value, self._ttl_milliseconds()]
            self._run_put([names.hash_of(key), names.generation_of(key)], arguments)
        self._begin_anew(names, key, errors)

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
        names = self._names()
        if not self._undelivered or names is None or not self.health.breaker.allows():
            return
        with self._lock:
            waiting = list(self._undelivered.items())[:_DELIVERED_AT_ONCE]
        with self.health.asking("invalidate"):
            for tag, versions in waiting:
                self._delete(names, tag, versions)
                # Again here: until now, others could have taken the list from Redis.
                self._epochs.invalidate(tag.bucket)
                with self._lock:
                    if self._undelivered.get(tag) is versions:
                        del self._undelivered[tag]

    def keep_up(self) -> None:
        """Deliver what waits, and after a failure try whether Redis is back, so that no request has to.

        Raises ServerTurnedError once after another server became the primary.
        """
        if self.health.breaker.is_open and self.health.breaker.allows():
            with self.health.asking("probe"):
                names = self._names()
                # A server that answers PING may still refuse every key.
                self._redis.exists(names.channel) if names else self._redis.ping()
        self.deliver()
        self._try_to_write()
        if time.monotonic() >= self._withhold_again_at:
            self._withhold()
        if self._primary.has_moved() or self.health.n_turns != self._n_turns:
            self._n_turns = self.health.n_turns
            raise ServerTurnedError("another server is the primary now, or its name stands for another one")

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def _run_put(self, keys: Sequence[str], arguments: Sequence[bytes | str | int]) -> None:
        # Not the library's Script: it believes whatever Redis says the digest is, for good.
        try:
            self._redis.evalsha(_PUT_SHA1, len(keys), *keys, *arguments)
        except NoScriptError:
            self._redis.eval(PUT, len(keys), *keys, *arguments)

    def _try_to_write(self) -> None:
        """After a refusal, try whether Redis takes something."""
        names = self._names()
        if self.health.refuses_writes and names is not None and self.health.breaker.allows():
            with self.health.asking("write"):
                self._redis.set(names.probe, "", px=1000)
                self.health.takes_writes()

    def _begin_anew(self, names: RedisNames, key: ListKey, errors: Sequence[Concern]) -> None:
        """Remove what is no hash or no generation of ours; lists that it holds are nobody's, so none is lost."""
        if Concern.KEY in errors:
            with self.health.asking("write"):
                pipeline = self._redis.pipeline(transaction=False)
                self._add_emptying(pipeline, names, key.tag, key.model_version)
                pipeline.execute()

    def _withhold(self) -> None:
        """Tell all workers, and as far as Redis passes that on all machines, which invalidations wait."""
        self._withhold_again_at = time.monotonic() + WITHHELD_SECONDS / 2
        if not self._undelivered:
            return
        with self._lock:
            buckets = {tag.bucket for tag in self._undelivered}
        for bucket in buckets:
            self._epochs.withhold(bucket, WITHHELD_SECONDS)
        names = self._names()
        if names is not None and self.health.breaker.allows():
            with self.health.asking("announce"):
                pipeline = self._redis.pipeline(transaction=False)
                for bucket in sorted(buckets)[:_DELIVERED_AT_ONCE]:
                    pipeline.publish(names.channel, self._announcement(bucket, WITHHELD_SECONDS))
                pipeline.execute()

    def _announcement(self, bucket: int, withheld_seconds: float = 0) -> str:
        return json.dumps(
            {"origin": self._epochs.origin, "bucket": bucket, "withheld_seconds": withheld_seconds}
        )

    def _delete(self, names: RedisNames, tag: UserTag, versions: Sequence[str]) -> None:
        """Delete lists; raises RedisError unless Redis took all of it."""
        # Not one transaction: a full Redis would refuse the whole of it, with the deletion.
        pipeline = self._redis.pipeline(transaction=False)
        expected: list[tuple[int, ...]] = []
        for version in versions:
            if tag == EVERYONE:
                pipeline.set(names.epoch(version), secrets.token_hex(4), px=EPOCH_MILLISECONDS)
                expected.append((True,))
            else:
                expected += self._add_emptying(pipeline, names, tag, version)
        pipeline.publish(names.channel, self._announcement(tag.bucket))
        answers = pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        is_heard = isinstance(answers[-1], int) and answers[-1] >= 0
        if not is_heard or not all(map(_is_among, answers[:-1], expected)):
            raise InvalidResponse(_NONSENSE)

    def _add_emptying(
        self,
        pipeline: Any,  # noqa: ANN401 - the library's
        names: RedisNames,
        tag: UserTag,
        version: str,
    ) -> list[tuple[int, ...]]:
        """Let ``pipeline`` delete the lists of a user; return what may be answered.

        The generation is that of a group of users, so that a user who was erased leaves no key of their own.
        """
        pipeline.set(names.generation(version, tag.bucket), secrets.token_hex(4), px=self._ttl_milliseconds())
        pipeline.delete(names.lists_of(version, tag.digest))  # last: nothing is written from now on
        return [(True,), (0, 1)]

    def _epoch(self, names: RedisNames, version: str) -> str:
        """Return the epoch of everyone's lists, asking Redis only where it may have changed."""
        now = self._epochs.stamp(0).everyone
        known, epoch = self._epoch_of.get(version, (None, ""))
        if known == now and self._epochs.is_trusted():
            return epoch
        epoch = names.read_epoch(self._redis, version)
        self._epoch_of[version] = (now, epoch)
        return epoch

    def _awaits_delivery(self, key: ListKey) -> bool:
        waiting = self._undelivered
        return bool(waiting) and (EVERYONE in waiting or key.tag in waiting)

    def _ttl_milliseconds(self) -> int:
        return jittered_milliseconds(self._ttl_seconds, self._rng)


def _two_values(found: object) -> tuple[bytes | None, bytes | None]:
    """Return what HGET and GET answered; raises InvalidResponse for an answer that it cannot have."""
    match found:
        case [bytes() | None as first, bytes() | None as second]:
            return first, second
    raise InvalidResponse(_NONSENSE)


def _is_among(answer: object, expected: tuple[int, ...]) -> bool:
    return isinstance(answer, int) and answer in expected
