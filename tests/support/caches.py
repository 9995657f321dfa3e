"""Caches with settings that suit tests."""

from random import Random

from recsvc.cache.epochs import Epochs
from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.cache.key import ListKey, list_key
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache
from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_names import RedisNames
from recsvc.ranking.query import Query

NAMES = RedisNames("tests")


def names_of_tests() -> RedisNames:
    return NAMES


def finished(*item_ids: str) -> Kept:
    """What caches keep: a list of these items."""
    return Kept([FinishedList("trending", ["popular"], [(item_id, 1.0, 0, 0, ()) for item_id in item_ids])])


def near_cache(*, max_bytes: int = 1_000_000, ttl_seconds: float = 60) -> NearCache:
    return NearCache(max_bytes, ttl_seconds, Epochs())


def redis_cache(
    url: str,
    *,
    ttl_seconds: float = 60,
    pause_seconds: float = 0.2,
    epochs: Epochs | None = None,
    versions: tuple[str, ...] = ("1",),
    names: RedisNames | None = NAMES,
) -> RedisCache:
    client = connect(url, timeout_seconds=0.1, max_connections=4)
    rng = Random(1)  # noqa: S311 - spreads expiry times
    return RedisCache(
        client,
        lambda: names,
        epochs or Epochs(),
        lambda: list(versions),
        ttl_seconds=ttl_seconds,
        pause_seconds=pause_seconds,
        rng=rng,
    )


def key_of(user_id: str | None, *, n: int = 10, version: str = "1") -> ListKey:
    """The key of a shopper's list of ``n`` items, in a shop where every id is an item."""
    return list_key(version, Query(user_id=user_id, n=n), lambda _item_id: True)
