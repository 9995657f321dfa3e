"""The web application: requests to what answers them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from flask import jsonify
from flask_openapi3 import Info, OpenAPI
from threadpoolctl import threadpool_limits

from recsvc.api import (
    admission,
    events,
    explain,
    items,
    page,
    paths,
    placements,
    problems,
    recommend,
    status,
    users,
)
from recsvc.api.admission import SECURITY_SCHEMES, Admission, describe_admission
from recsvc.api.answers import ReadyAnswers
from recsvc.api.bodies import StrictJson
from recsvc.api.catalogue_fields import Descriptions
from recsvc.api.cors import Cors
from recsvc.api.hot_path import HotPath
from recsvc.api.key_ring import KeyRing
from recsvc.api.rate_limit import make_rate_limit
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache
from recsvc.cache.subscription import Subscription
from recsvc.logs import configure_logging
from recsvc.metrics import Metrics
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.service import Service
from recsvc.serving.explaining import learned_of
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel
from recsvc.settings import Settings
from recsvc.shared_files import SharedFiles

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


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


EXTENSION = "recsvc"
"""Under this name ``app.extensions`` holds the ``Parts`` of the service."""


@dataclass(frozen=True)
class Parts:
    """What an application was wired from, for whoever embeds it.

    Attributes:
        lists: answers queries, and drops a shopper's lists.
        live_model: the version that answers come from.
        metrics: what was counted.
        close: ends all threads and connections.
    """

    lists: Lists
    live_model: LiveModel
    metrics: Metrics
    close: Callable[[], None]


def create_app(settings: Settings, files: SharedFiles | None = None, book: RuleBook = NO_RULES) -> OpenAPI:
    """Return the WSGI application; it loads the live model and follows newer ones from now on.

    Args:
        settings: how it is to behave.
        files: what it shares with the other workers of the machine; without any it is alone.
        book: the rules of the settings file.
    """
    configure_logging(settings.log_level)
    # Requests are what runs in parallel; threads of BLAS and OpenMP below them would only wait for each other.
    threadpool_limits(1)
    service = Service(settings, files, book)
    app = _make_openapi(settings)
    problems.init_app(app, service.metrics)
    ring = KeyRing(service.store.keys)
    gate = Admission(ring, settings.is_open, make_rate_limit(settings))
    admission.init_app(app, gate)
    paths.init_app(app)
    _register(app, service, settings)
    describe_admission(app)
    _put_in_front(app, service, gate, settings)
    show_serving(service.metrics, service.live_model, service.lists)
    caches = service.caches
    show_caches(service.metrics, caches.near, caches.redis, caches.subscription)

    def close() -> None:
        ring.stop()
        service.close()

    app.extensions[EXTENSION] = Parts(service.lists, service.live_model, service.metrics, close)
    ring.start()
    service.start()
    return app


def _register(app: OpenAPI, service: Service, settings: Settings) -> None:
    """Add all routes."""
    store, descriptions = service.store, Descriptions(service.read_store.catalogue, service.live_model)
    held = {"model": partial(learned_of, service.live_model, service.shop)}
    holders = users.Holders(service.on_shoppers, service.on_erased, held)
    in_force = placements.InForce(lambda: service.shop.watch.placements.book, service.look_now)
    max_bytes, max_batch_bytes = settings.max_request_bytes, settings.max_batch_bytes
    for blueprint in (
        recommend.blueprint(service.lists, descriptions.describe),
        explain.blueprint(service.explaining, descriptions.titles),
        page.blueprint(service.pages),
        events.blueprint(store.events, service.on_shoppers, max_batch_bytes),
        items.blueprint(store.catalogue, max_batch_bytes),
        users.blueprint(store.users, holders, max_bytes),
        placements.blueprint(store.placements, in_force, max_bytes),
        status.blueprint(service.live_model, service.caches.checks()),
    ):
        app.register_api(blueprint)
    app.add_url_rule("/openapi.json", "openapi_json", lambda: jsonify(app.api_doc))
    app.add_url_rule("/metrics", "metrics", lambda: status.metrics_page(service.metrics))


def _put_in_front(app: OpenAPI, service: Service, gate: Admission, settings: Settings) -> None:
    """Answer before Flask what needs neither its dispatch nor its validation."""
    ready = ReadyAnswers(settings.near_cache_bytes // 2, service.epochs, service.live_model, service.shop)
    front: WSGIApplication = HotPath(app.wsgi_app, service.lists, ready, service.metrics, gate)
    if settings.cors_origins:
        front = Cors(front, settings.cors_origins)
    app.wsgi_app = front  # type: ignore[method-assign, assignment]
    show_ready_answers(service.metrics, ready)


def _make_openapi(settings: Settings) -> OpenAPI:
    app = OpenAPI(
        "recsvc",
        info=Info(
            title="recsvc",
            version=version("recsvc"),
            description="Product suggestions for returning shoppers.",
        ),
        doc_prefix="/docs",
        security_schemes=SECURITY_SCHEMES,
        validation_error_model=problems.Problem,
        validation_error_callback=problems.refuse_fields,
    )
    app.json = StrictJson(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["OPENAPI_HTML_STRING"] = '<!doctype html><meta http-equiv="refresh" content="0; url=swagger">'
    return app
