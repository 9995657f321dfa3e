"""What lists cost in Redis: ``python -m benchmarks.redis_bytes MODELS_DIR``."""

import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from redis import Redis
from rich.console import Console
from rich.table import Table

from benchmarks.answers import redis_server
from recsvc.cache.bulk import BulkList, BulkRedis
from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.cache.key import ListKey
from recsvc.cache.redis_names import RedisNames
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Shop

NAMES = RedisNames("0123456789abcdef")
"""As long as the id of a store."""

N_SHOPPERS = 500
PLACEMENTS = (Placement.FOR_YOU, Placement.DISCOVER, Placement.BUY_AGAIN)


def measure(models: Path) -> list[dict[str, Any]]:
    """Return one row a placement, and one for all: ``MEMORY USAGE`` of the hash of a shopper."""
    version = LiveVersion.of(Registry(models).load(), 0.0)
    with redis_server() as port:
        if port is None:
            return []
        with Redis(port=port) as redis:
            _row(redis, version, PLACEMENTS)  # what Redis allocates once, for scripts and connections
            return [_row(redis, version, chosen) for chosen in (*((one,) for one in PLACEMENTS), PLACEMENTS)]


def _row(redis: Redis, version: LiveVersion, placements: tuple[Placement, ...]) -> dict[str, Any]:
    redis.flushall()
    before = int(redis.info("memory")["used_memory"])
    keys, lengths = _fill(redis, version, placements)
    used = int(redis.info("memory")["used_memory"]) - before
    sizes = [redis.memory_usage(name, samples=0) for name in dict.fromkeys(map(NAMES.hash_of, keys))]
    p50, p99 = np.percentile(np.asarray(sizes, dtype=np.float64), (50, 99))
    return {
        "what": " + ".join(placements),
        "JSON p50": round(float(np.median(lengths))),
        "MEMORY USAGE p50": round(p50),
        "p99": round(p99),
        "used_memory a shopper": round(used / len(sizes)),
    }


def _fill(
    redis: Redis, version: LiveVersion, placements: tuple[Placement, ...]
) -> tuple[list[ListKey], list[int]]:
    users = version.recommender.model.users
    bulk = BulkRedis(redis, NAMES, ttl_seconds=3600, rng=Random(1))  # noqa: S311 - spreads expiry times
    chosen = sorted({i * len(users) // N_SHOPPERS for i in range(N_SHOPPERS)})
    resolved = [
        ResolvedQuery.of(version, Query(placement, 10, users.id_of(user)), Shop())
        for user in chosen
        for placement in placements
    ]
    made = [FinishedList.of(wanted.make()) for wanted in resolved]
    keys = [wanted.key for wanted in resolved]
    looks = zip(keys, made, bulk.look(keys), strict=True)
    bulk.put([BulkList(key, finished, miss) for key, finished, miss in looks if miss])
    return keys, [len(Kept((finished,)).pack()) for finished in made]


def main() -> None:
    """Measure the live version of the directory that is named on the command line."""
    rows = measure(Path(sys.argv[1]))
    table = Table(*rows[0], title=f"bytes of Redis, lists of ten, {N_SHOPPERS} shoppers")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
