"""What there is to be compared with: applications that do next to nothing."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from redis import BlockingConnectionPool, Redis

BODY = b"x" * 1500
REDIS_URL = "BENCHMARK_REDIS_URL"


def raw_no_op(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as much as a list holds, without any framework: the floor of what the server can do."""
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))])
    return [BODY]


def flask_no_op() -> Flask:
    """Return an application that does nothing, the floor of what Flask can do."""
    app = Flask("no_op")
    app.add_url_rule("/", "nothing", lambda: BODY)
    return app


def flask_redis() -> Flask:
    """Return an application that gets one value from Redis, the floor of a shared cache behind Flask."""
    pool = BlockingConnectionPool.from_url(os.environ[REDIS_URL], max_connections=64)
    redis = Redis.from_pool(pool)
    redis.set("recsvc:benchmark", BODY, ex=3600)
    app = Flask("redis")
    app.add_url_rule("/", "get", lambda: redis.get("recsvc:benchmark") or b"")
    return app
