"""The state of the parts of a worker, as gauges."""

from recsvc.api.answers import ReadyAnswers
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache
from recsvc.cache.subscription import Subscription
from recsvc.metrics import Metrics
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel


def show_serving(metrics: Metrics, live_model: LiveModel, lists: Lists) -> None:
    """Show the live version and the line before the ranking."""
    metrics.watch(
        "recsvc_model_age_seconds", "Since the live version was made.", live_model.age_seconds, combine="max"
    )
    metrics.watch(
        "recsvc_model_load_seconds",
        "Time to check and take up the live version.",
        lambda: live_model.load_seconds,
        combine="max",
    )
    metrics.watch(
        "recsvc_model_refused",
        "1 while the version that should be live is not.",
        lambda: live_model.problem is not None,
        combine="max",
    )
    metrics.watch(
        "recsvc_waiting_requests",
        "Requests that wait for a turn to make a list.",
        lambda: lists.line.waiting,
        combine="sum",
    )


def show_caches(
    metrics: Metrics, near: NearCache, redis: RedisCache | None, subscription: Subscription | None
) -> None:
    """Show the near cache and how Redis is."""
    metrics.watch(
        "recsvc_near_cache_bytes",
        "Memory of near caches.",
        lambda: near.size_bytes,
        combine="sum",
    )
    metrics.watch(
        "recsvc_near_cache_entries",
        "Lists in near caches.",
        lambda: len(near),
        combine="sum",
    )
    metrics.watch(
        "recsvc_redis_breaker_open",
        "1 while Redis is left alone after a failure.",
        lambda: redis is not None and redis.breaker.is_open,
        combine="max",
    )
    metrics.watch(
        "recsvc_redis_refuses_writes",
        "1 while Redis takes no lists.",
        lambda: redis is not None and redis.refuses_writes,
        combine="max",
    )
    metrics.watch(
        "recsvc_redis_subscription_lost",
        "1 while near caches are passed over because a drop might not be heard of.",
        lambda: subscription is not None and subscription.problem is not None,
        combine="max",
    )


def show_ready_answers(metrics: Metrics, ready: ReadyAnswers) -> None:
    """Show what can be answered without Flask."""
    metrics.watch(
        "recsvc_ready_answers_bytes",
        "Memory of answers that can be given without Flask.",
        lambda: ready.size_bytes,
        combine="sum",
    )
    metrics.watch(
        "recsvc_ready_answers",
        "Answers that can be given without Flask.",
        lambda: len(ready),
        combine="sum",
    )
