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
    encoding,
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
from recsvc.api.admission import Admission
from recsvc.api.answers import ReadyAnswers
from recsvc.api.cors import Cors
from recsvc.api.description import SECURITY_SCHEMES, describe_admission
from recsvc.api.descriptions import Descriptions
from recsvc.api.hot_path import HotPath
from recsvc.api.key_ring import KeyRing
from recsvc.api.schemas import Problem
from recsvc.api.strict_json import StrictJson
from recsvc.backends import make_rate_limit
from recsvc.engine import Engine
from recsvc.gauges import show_caches, show_ready_answers, show_serving
from recsvc.logs import configure_logging
from recsvc.metrics import Metrics
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.learned import learned_of
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel
from recsvc.settings import Settings
from recsvc.shared_files import SharedFiles

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

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
    engine = Engine(settings, files, book)
    app = _make_openapi(settings)
    problems.init_app(app, engine.metrics)
    ring = KeyRing(engine.store.keys)
    gate = Admission(ring, settings.is_open, make_rate_limit(settings))
    admission.init_app(app, gate)
    encoding.init_app(app)
    paths.init_app(app)
    _register(app, engine, settings)
    describe_admission(app)
    _put_in_front(app, engine, gate, settings)
    show_serving(engine.metrics, engine.live_model, engine.lists)
    caches = engine.caches
    show_caches(engine.metrics, caches.near, caches.redis, caches.subscription)

    def close() -> None:
        ring.stop()
        engine.close()

    app.extensions[EXTENSION] = Parts(engine.lists, engine.live_model, engine.metrics, close)
    ring.start()
    engine.start()
    return app


def _register(app: OpenAPI, engine: Engine, settings: Settings) -> None:
    """Add all routes."""
    store, descriptions = engine.store, Descriptions(engine.read_store.catalogue, engine.live_model)
    held = {"model": partial(learned_of, engine.live_model, engine.shop)}
    holders = users.Holders(engine.on_shoppers, engine.on_erased, held)
    in_force = placements.InForce(lambda: engine.shop.watch.placements.book, engine.look_now)
    max_bytes, max_batch_bytes = settings.max_request_bytes, settings.max_batch_bytes
    for blueprint in (
        recommend.blueprint(engine.lists, descriptions.describe),
        explain.blueprint(engine.explaining, descriptions.titles),
        page.blueprint(engine.pages),
        events.blueprint(store.events, engine.on_shoppers, max_batch_bytes),
        items.blueprint(store.catalogue, max_batch_bytes),
        users.blueprint(store.shoppers, holders, max_bytes),
        placements.blueprint(store.placements, in_force, max_bytes),
        status.blueprint(engine.live_model, engine.caches.checks()),
    ):
        app.register_api(blueprint)
    app.add_url_rule("/openapi.json", "openapi_json", lambda: jsonify(app.api_doc))
    app.add_url_rule("/metrics", "metrics", lambda: status.metrics_page(engine.metrics))


def _put_in_front(app: OpenAPI, engine: Engine, gate: Admission, settings: Settings) -> None:
    """Answer before Flask what needs neither its dispatch nor its validation."""
    ready = ReadyAnswers(settings.near_cache_bytes // 2, engine.epochs, engine.live_model, engine.shop)
    front: WSGIApplication = HotPath(app.wsgi_app, engine.lists, ready, engine.metrics, gate)
    if settings.cors_origins:
        front = Cors(front, settings.cors_origins)
    app.wsgi_app = front  # type: ignore[method-assign, assignment]
    show_ready_answers(engine.metrics, ready)


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
        validation_error_model=Problem,
        validation_error_callback=problems.refuse_fields,
    )
    app.json = StrictJson(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["OPENAPI_HTML_STRING"] = '<!doctype html><meta http-equiv="refresh" content="0; url=swagger">'
    return app
