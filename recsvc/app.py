"""The only place where the objects of the service are made and wired together."""

from contextlib import suppress
from importlib.metadata import version
from random import Random

from flask import Response, jsonify
from flask_openapi3 import Info, OpenAPI
from threadpoolctl import threadpool_limits

from recsvc.api import events, items, paths, problems, recommend, status, users
from recsvc.api.schemas import Problem
from recsvc.cache.cache import Cache
from recsvc.cache.near import NearCache
from recsvc.cache.null import NullCache
from recsvc.cache.redis import RedisCache, connect
from recsvc.cache.tiered import TieredCache
from recsvc.errors import StoreError
from recsvc.logs import configure_logging
from recsvc.model.registry import Registry
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel
from recsvc.settings import Settings
from recsvc.store.shopper import Erasure
from recsvc.store.sql_store import open_store
from recsvc.store.store import Store

DATABASE = "recsvc.db"
"""The file of the store, in the models directory, where no other database is named."""


def create_app(settings: Settings) -> OpenAPI:
    """Return the WSGI application; it loads the live model and follows newer ones from now on."""
    configure_logging(settings.log_level)
    # Requests are what runs in parallel; threads of BLAS and OpenMP below them would only wait for each other.
    threadpool_limits(1)
    live_model = LiveModel(Registry(settings.models_dir), settings.model_poll_seconds)
    lists = Lists(live_model, _make_cache(settings))
    store = _make_store(settings)
    holders = users.Holders(on_merged=_on_shoppers, on_erased=_on_erased)

    app = OpenAPI(
        "recsvc",
        info=Info(
            title="recsvc",
            version=version("recsvc"),
            description="Product suggestions for returning shoppers.",
        ),
        doc_prefix="/docs",
        validation_error_model=Problem,
        validation_error_callback=problems.refuse_fields,
    )
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["OPENAPI_HTML_STRING"] = '<!doctype html><meta http-equiv="refresh" content="0; url=swagger">'
    problems.init_app(app)
    app.register_api(recommend.blueprint(lists))
    paths.init_app(app)
    app.register_api(events.blueprint(store.events, _on_shoppers, settings.max_batch_bytes))
    app.register_api(items.blueprint(store.catalogue, settings.max_batch_bytes))
    app.register_api(users.blueprint(store.shoppers, holders, settings.max_request_bytes))
    app.register_api(status.blueprint(live_model))
    app.add_url_rule("/openapi.json", "openapi_json", lambda: _openapi(app))
    live_model.start()
    return app


def _openapi(app: OpenAPI) -> Response:
    return jsonify(app.api_doc)


def _on_shoppers(_user_ids: frozenset[str], _session_ids: frozenset[str]) -> None:
    """No list depends on events yet."""


def _on_erased(_erasure: Erasure) -> None:
    """No list depends on events yet."""


def _make_store(settings: Settings) -> Store:
    url = settings.database_url
    store = open_store(
        f"sqlite:///{settings.models_dir / DATABASE}" if url is None else url.get_secret_value(),
        max_connections=settings.threads + 1,
    )
    # Shoppers get lists without it; it is tried again at each request that needs it, and has logged why.
    with suppress(StoreError):
        store.prepare()
    return store


def _make_cache(settings: Settings) -> Cache:
    near = (
        NearCache(settings.near_cache_bytes, settings.cache_ttl_seconds)
        if settings.near_cache_bytes
        else NullCache()
    )
    if settings.redis_url is None:
        return near
    shared = RedisCache(
        connect(
            settings.redis_url.get_secret_value(),
            timeout_seconds=settings.redis_timeout_seconds,
            max_connections=settings.threads,
        ),
        ttl_seconds=settings.cache_ttl_seconds,
        pause_seconds=settings.redis_pause_seconds,
        rng=Random(),  # noqa: S311 - spreads expiry times, protects nothing
    )
    return TieredCache(near, shared)
