"""Many lists to Redis at once, to fill it beforehand; a failure is raised."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from redis import OutOfMemoryError, Redis, RedisError, ResponseError

from recsvc.cache.cache import Miss
from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.cache.key import ListKey
from recsvc.cache.redis import GENERATION, PUT, field_name, jittered_milliseconds, list_name, read_epoch
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

    def __init__(self, redis: Redis, *, ttl_seconds: float, rng: Random) -> None:
        self._redis = redis
        self._ttl_seconds = ttl_seconds
        self._rng = rng
        self._put = redis.register_script(PUT)

    def look(self, keys: Sequence[ListKey]) -> list[Miss | None]:
        """Return None for each list that is there, else what it has to be written with."""
        with _translated():
            epochs = {
                version: read_epoch(self._redis, version) for version in {k.model_version for k in keys}
            }
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                field = field_name(key, epochs[key.model_version])
                pipeline.hexists(list_name(key), field)
                pipeline.hget(list_name(key), GENERATION)
            found = pipeline.execute()
        return [
            None if is_there else Miss(generation=generation or b"", epoch=epochs[key.model_version])
            for key, is_there, generation in zip(keys, found[::2], found[1::2], strict=True)
        ]

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
                    Kept((made.made,)).pack(),
                    life,
                ]
                self._put([list_name(made.key)], arguments, client=pipeline)
            return sum(pipeline.execute())

    def size_bytes(self, keys: Sequence[ListKey]) -> int:
        """Return what Redis needs for the lists of all users of ``keys``."""
        with _translated():
            pipeline = self._redis.pipeline(transaction=False)
            for name in dict.fromkeys(map(list_name, keys)):
                pipeline.memory_usage(name, samples=0)
            return sum(size or 0 for size in pipeline.execute())

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
