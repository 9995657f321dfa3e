"""How lists lie in Redis: the one definition of names, lives, and of how a list is written.

::

    recsvc:list:<version>:<owner>   hash: the lists of one shopper, or one list that is nobody's
        <epoch>:<question>          a list, as JSON
        g                           changes whenever the shopper's lists are dropped
    recsvc:epoch:<version>          changes whenever everyone's are

A hash, because one command then drops all lists of a shopper. A list that was being made during a drop is refused
when it comes: the generation is no longer the one that was read before.
"""

import secrets
from random import Random

from redis import Redis

from recsvc.cache.key import ListKey

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
    return owner_name(key.model_version, key.owner)


def owner_name(version: str, owner_digest: str) -> str:
    """Return the name of the hash with the lists that ``version`` made for an owner."""
    return f"recsvc:list:{version}:{owner_digest}"


def field_name(key: ListKey, epoch: str) -> str:
    """Return the field of a list in its hash."""
    return f"{epoch}:{key.question}"


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
