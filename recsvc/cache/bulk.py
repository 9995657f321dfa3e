"""Many lists to Redis at once, to fill it beforehand; a failure is raised."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from redis import OutOfMemoryError, Redis, RedisError, ResponseError

from recsvc.cache.cache import Miss
from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.cache.key import ListKey
from recsvc.cache.redis import PUT, jittered_milliseconds
from recsvc.cache.redis_names import RedisNames, field_name
from recsvc.cache.refusals import Concern, concern_of
from recsvc.errors import CacheError


@dataclass(frozen=True)
class BulkList:
    """A list to write, and what was there when it was looked for."""

    key: ListKey
    made: FinishedList
    miss: Miss


class BulkRedis:
    """Looks for lists and writes them, in one round trip a batch; the same names and bytes as ``RedisCache``.

    Each method raises CacheError when Redis is lost, full or read-only.
    """

    def __init__(self, redis: Redis, names: RedisNames, *, ttl_seconds: float, rng: Random) -> None:
        self._redis = redis
        self._names = names
        self._ttl_seconds = ttl_seconds
        self._rng = rng
        self._put = redis.register_script(PUT)

    def look(self, keys: Sequence[ListKey]) -> list[Miss | None]:
        """Return None for each list that is there, else what it has to be written with."""
        with _translated():
            epochs = {
                version: self._names.read_epoch(self._redis, version)
                for version in {k.model_version for k in keys}
            }
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                field = field_name(key, epochs[key.model_version])
                pipeline.hexists(self._names.hash_of(key), field)
                pipeline.get(self._names.generation_of(key))
            found = self._begun_anew(keys, pipeline.execute(raise_on_error=False))
        return [
            None if is_there else Miss(generation=generation or b"", epoch=epochs[key.model_version])
            for key, is_there, generation in zip(keys, found[::2], found[1::2], strict=True)
        ]

    def _begun_anew(self, keys: Sequence[ListKey], found: list[Any]) -> list[Any]:
        """Remove what ``found`` says is not ours; return what is found then."""
        for place, key in enumerate(keys):
            pair = slice(2 * place, 2 * place + 2)
            foreign = [one for one in found[pair] if isinstance(one, Exception)]
            if foreign:
                if any(concern_of(error) is not Concern.KEY for error in foreign):
                    raise foreign[0]
                generation = secrets.token_hex(4)
                life = jittered_milliseconds(self._ttl_seconds, self._rng)
                pipeline = self._redis.pipeline(transaction=False)
                pipeline.set(self._names.generation_of(key), generation, px=life)
                pipeline.delete(self._names.hash_of(key))
                pipeline.execute()
                found[pair] = [False, generation.encode()]
        return found

    def put(self, lists: Sequence[BulkList]) -> int:
        """Write ``lists``; return how many were taken: none of a user who was invalidated meanwhile."""
        if not lists:
            return 0
        with _translated():
            pipeline = self._redis.pipeline(transaction=False)
            for made in lists:
                life = jittered_milliseconds(self._ttl_seconds, self._rng)
                field = field_name(made.key, made.miss.epoch)
                arguments: list[bytes | str | int] = [
                    made.miss.generation or b"",
                    field,
                    self._names.sealed(made.key, Kept((made.made,)).pack()),
                    life,
                ]
                names = [self._names.hash_of(made.key), self._names.generation_of(made.key)]
                self._put(names, arguments, client=pipeline)
            taken = pipeline.execute(raise_on_error=False)
            for answer in taken:
                if isinstance(answer, Exception) and concern_of(answer) is not Concern.KEY:
                    raise answer
            return sum(one == 1 for one in taken)

    def size_bytes(self, keys: Sequence[ListKey]) -> int:
        """Return what Redis needs for the lists of all users of ``keys``."""
        with _translated():
            pipeline = self._redis.pipeline(transaction=False)
            for name in dict.fromkeys(map(self._names.hash_of, keys)):
                pipeline.memory_usage(name, samples=0)
            sizes = pipeline.execute()
            return sum(size for size in sizes if isinstance(size, int))

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()
        self._redis.connection_pool.disconnect()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OutOfMemoryError as error:
        raise CacheError("Redis is full: raise maxmemory, or set maxmemory-policy allkeys-lru") from error
    except ResponseError as error:
        raise CacheError(f"Redis refuses to be filled: {error}") from error
    except RedisError as error:
        raise CacheError(
            f"Redis does not answer ({type(error).__name__}): {str(error).rstrip('.')}"
        ) from error
    except Exception as error:
        raise CacheError("Redis answers what the commands cannot have") from error
