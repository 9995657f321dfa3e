"""The only place where the objects of the service are made and wired together."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from random import Random
from typing import TYPE_CHECKING

from flask import jsonify
from flask_openapi3 import Info, OpenAPI
from limits.storage import RedisStorage
from threadpoolctl import threadpool_limits

from recsvc.api import admission, encoding, events, items, page, paths, problems, recommend, status, users
from recsvc.api.admission import Admission
from recsvc.api.answers import ReadyAnswers
from recsvc.api.cors import Cors
from recsvc.api.description import SECURITY_SCHEMES, describe_admission
from recsvc.api.descriptions import Descriptions
from recsvc.api.hot_path import HotPath
from recsvc.api.key_ring import KeyRing
from recsvc.api.listeners import OnShoppers
from recsvc.api.rate_limit import RateLimit
from recsvc.api.schemas import Problem
from recsvc.api.strict_json import StrictJson
from recsvc.cache.cache import Cache
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache, connect
from recsvc.cache.subscription import Subscription
from recsvc.cache.tiered import TieredCache
from recsvc.errors import StoreError
from recsvc.gauges import show_caches, show_ready_answers, show_serving
from recsvc.logs import configure_logging
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.serving.learned import learned_of
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.newcomer_watch import NewcomerWatch
from recsvc.serving.pages import Pages
from recsvc.serving.store_shop import StoreShop
from recsvc.settings import Settings
from recsvc.shared_files import SharedFiles
from recsvc.store.shopper import Erasure
from recsvc.store.sql_store import DATABASE_FILE, open_store
from recsvc.store.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LISTENER_TIMEOUT_SECONDS = 0.5
READ_TIMEOUT_SECONDS = 0.5
"""How long a list waits for the store before it is made without it."""

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


def create_app(settings: Settings, files: SharedFiles | None = None) -> OpenAPI:
    """Return the WSGI application; it loads the live model and follows newer ones from now on.

    ``files`` are what it shares with the other workers of the machine; without any it is alone.
    """
    configure_logging(settings.log_level)
    # Requests are what runs in parallel; threads of BLAS and OpenMP below them would only wait for each other.
    threadpool_limits(1)
    metrics = Metrics(files.metrics if files else None)
    epochs = Epochs(files.epochs if files else None)
    live_model = LiveModel(
        Registry(settings.models_dir), settings.model_poll_seconds, metrics, diversity=settings.diversity
    )
    caches = _make_caches(settings, epochs)
    store = make_store(settings)
    read_store = make_store(settings, READ_TIMEOUT_SECONDS, settings.server_threads)
    newcomers = NewcomerWatch(read_store, lambda: live_model.version, settings.new_items_share)
    shop = StoreShop(read_store, epochs, metrics, settings.cache_ttl_seconds, newcomers)
    lists = Lists(live_model, caches.cache, _limits(settings), metrics, shop)
    shop.drop = lists.drop
    app = _make_openapi(settings)
    problems.init_app(app, metrics)
    ring = KeyRing(store.keys)
    gate = Admission(ring, settings.is_open, _make_rate_limit(settings))
    admission.init_app(app, gate)
    encoding.init_app(app)
    descriptions = Descriptions(read_store.catalogue, live_model)
    app.register_api(recommend.blueprint(lists, descriptions.describe))
    app.register_api(page.blueprint(Pages(lists, caches.cache, lambda: shop.mask.hidden)))
    held = {"model": partial(learned_of, live_model, shop)}
    _register_store(app, store, users.Holders(*_listeners(lists, shop), held), settings)
    app.register_api(status.blueprint(live_model, caches.checks()))
    describe_admission(app)
    app.add_url_rule("/openapi.json", "openapi_json", lambda: jsonify(app.api_doc))
    app.add_url_rule("/metrics", "metrics", lambda: status.metrics_page(metrics))
    ready = ReadyAnswers(settings.near_cache_bytes // 2, epochs, live_model, shop)
    front: WSGIApplication = HotPath(app.wsgi_app, lists, ready, metrics, gate)
    if settings.cors_origins:
        front = Cors(front, settings.cors_origins)
    app.wsgi_app = front  # type: ignore[method-assign, assignment]
    show_serving(metrics, live_model, lists)
    show_ready_answers(metrics, ready)
    show_caches(metrics, caches.near, caches.redis, caches.subscription)

    followers = (ring.stop, live_model.stop, lists.close, shop.watch.stop, newcomers.stop)

    def close() -> None:
        for end in (*followers, caches.close, metrics.stop, store.close, read_store.close):
            end()

    app.extensions[EXTENSION] = Parts(lists, live_model, metrics, close)
    ring.start()
    live_model.start()
    caches.start()
    shop.watch.start()
    newcomers.start()
    metrics.start()
    return app


@dataclass(frozen=True)
class _Caches:
    """The cache that lists go through, and its parts."""

    cache: Cache
    near: NearCache
    redis: RedisCache | None
    subscription: Subscription | None

    def start(self) -> None:
        if self.subscription:
            self.subscription.start()

    def close(self) -> None:
        if self.subscription:
            self.subscription.stop()
        self.cache.close()

    def checks(self) -> list[status.Check]:
        """Return what says how Redis is."""
        redis, subscription = self.redis, self.subscription
        if redis is None or subscription is None:
            return []
        return [lambda: subscription.problem or redis.problem]


def _make_caches(settings: Settings, epochs: Epochs) -> _Caches:
    # The other half is for ReadyAnswers.
    near = NearCache(settings.near_cache_bytes // 2, settings.cache_ttl_seconds, epochs)
    if settings.redis_url is None:
        return _Caches(near, near, None, None)
    url, timeout = settings.redis_url.get_secret_value(), settings.redis_timeout_seconds
    redis = RedisCache(
        connect(url, timeout_seconds=timeout, max_connections=settings.server_threads + 1),
        epochs,
        ttl_seconds=settings.cache_ttl_seconds,
        pause_seconds=settings.redis_pause_seconds,
        rng=Random(),  # noqa: S311 - spreads expiry times, protects nothing
    )
    listener = connect(url, timeout_seconds=max(timeout, LISTENER_TIMEOUT_SECONDS), max_connections=1)
    subscription = Subscription(listener, epochs, redis.keep_up)
    return _Caches(TieredCache(near, redis), near, redis, subscription)


def make_store(settings: Settings, timeout_seconds: float = 5.0, max_connections: int | None = None) -> Store:
    """Return the store with its tables made, where the database can be reached."""
    url = settings.database_url
    store = open_store(
        f"sqlite:///{settings.models_dir / DATABASE_FILE}" if url is None else url.get_secret_value(),
        timeout_seconds=timeout_seconds,
        max_connections=max_connections or settings.threads + 1,
    )
    # Lists are made without it; it is tried again at each request that needs it, and has logged why.
    with suppress(StoreError):
        store.prepare()
    return store


def _make_rate_limit(settings: Settings) -> RateLimit | None:
    if settings.limit is None:
        return None
    if settings.redis_url is None:
        return RateLimit(settings.limit)
    timeout = settings.redis_timeout_seconds
    shared = RedisStorage(
        settings.redis_url.get_secret_value(),
        key_prefix="recsvc:limit",
        wrap_exceptions=True,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
    )
    return RateLimit(settings.limit, shared)


def _listeners(lists: Lists, shop: StoreShop) -> tuple[OnShoppers, Callable[[Erasure], None]]:
    """Return what is called with shoppers whose lists may have changed, and with those who were erased."""

    def on_shoppers(user_ids: frozenset[str], session_ids: frozenset[str]) -> None:
        for user_id in user_ids:
            lists.invalidate(user_id)
        for session_id in session_ids:
            lists.invalidate(session_id, "session")

    def on_erased(erasure: Erasure) -> None:
        on_shoppers(frozenset(erasure.user_ids), frozenset(erasure.session_ids))
        with suppress(StoreError):  # each list that is made anew asks again
            shop.watch.refresh()

    return on_shoppers, on_erased


def _register_store(app: OpenAPI, store: Store, holders: users.Holders, settings: Settings) -> None:
    paths.init_app(app)
    app.register_api(events.blueprint(store.events, holders.on_merged, settings.max_batch_bytes))
    app.register_api(items.blueprint(store.catalogue, settings.max_batch_bytes))
    app.register_api(users.blueprint(store.shoppers, holders, settings.max_request_bytes))


def _limits(settings: Settings) -> Limits:
    return Limits(
        slots=settings.threads,
        max_waiting=settings.max_waiting,
        wait_seconds=settings.max_wait_seconds,
        stale_seconds=settings.stale_seconds,
    )


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
