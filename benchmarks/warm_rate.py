"""How quickly Redis is filled, and how quickly what is there is skipped."""

from pathlib import Path
from random import Random
from typing import Any

from redis import Redis
from threadpoolctl import threadpool_limits

from benchmarks.answers import redis_server
from recsvc.cache.bulk import BulkRedis
from recsvc.cache.redis_names import RedisNames
from recsvc.model.registry import Registry
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.warm_up import WarmUp, WarmUpPlan

AS_FAST_AS_IT_GOES = WarmUpPlan(active_days=100_000, lists_per_second=1e9)


def measure(models: Path) -> list[dict[str, Any]]:
    """Warm up for everyone, twice; return one row a run."""
    version = LiveVersion.of(Registry(models).load(), 0.0)
    with redis_server() as port, threadpool_limits(1):
        if port is None:
            return []
        with Redis(port=port) as redis:
            bulk = BulkRedis(redis, RedisNames("benchmark"), ttl_seconds=3600, rng=Random(1))  # noqa: S311 - spreads expiry times
            return [_run(name, WarmUp(version, bulk, AS_FAST_AS_IT_GOES)) for name in ("made", "skipped")]


def _run(name: str, warm_up: WarmUp) -> dict[str, Any]:
    warm_up.run(lambda _progress: None)
    done = warm_up.progress
    rate = round(done.done / done.seconds)
    return {"what": name, "lists": done.done, "seconds": round(done.seconds, 1), "lists/s": rate}
