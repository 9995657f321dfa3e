"""The web application: requests to what answers them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flask_openapi3 import Info, OpenAPI
from pydantic import SecretStr
from threadpoolctl import threadpool_limits
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from recsvc.api import (
    admission,
    audiences,
    benefits,
    description,
    events,
    experiments,
    explain,
    hooks,
    items,
    links,
    moment,
    offers,
    page,
    paths,
    performance,
    placements,
    problems,
    profiling,
    rank,
    recommend,
    route_metrics,
    shopify_proxy,
    status,
    users,
)
from recsvc.api.admission import ADMITTED, SECURITY_SCHEMES, Admission, describe_admission
from recsvc.api.bodies import StrictJson
from recsvc.api.catalogue_fields import Descriptions
from recsvc.api.cors import Cors
from recsvc.api.hot_path import HotPath
from recsvc.api.key_ring import REMINDER, KeyRing
from recsvc.api.last_answers import LastAnswers
from recsvc.api.rate_limit import make_rate_limit
from recsvc.api.request_threads import OPERATIONS, Bodies, RequestThreads
from recsvc.api.route_metrics import RouteMetrics, route_of
from recsvc.api.routes import Routes, described
from recsvc.api.schemas import HealthResponse
from recsvc.clock import now_us
from recsvc.connect.doors import Takers, app_proxy_of, doors_of
from recsvc.connect.privacy_requests import PrivacyRequests
from recsvc.connect.shopify.fields import PLATFORM as SHOPIFY
from recsvc.logs import configure_logging
from recsvc.mailing.opened_links import OpenedLinks
from recsvc.mailing.shop_addresses import ShopAddresses
from recsvc.metrics import Metrics
from recsvc.processes.drain import Drain
from recsvc.processes.heartbeats import Passage
from recsvc.processes.shared_files import SharedFiles
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.service import Service
from recsvc.serving.explaining import learned_of
from recsvc.serving.follower import GuardedStore
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.neighbours import Place
from recsvc.serving.rule_changes import InForce, RuleChanges
from recsvc.serving.traced_parts import traced_responses
from recsvc.settings.settings import Settings
from recsvc.tracing.tracing import Tracing, open_tracing
from recsvc.web import pages, widget
from recsvc.web.entry.guard import UPLOADS
from recsvc.web.site import Site
from recsvc.webhooks.webhooks import Webhooks, told_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

EXTENSION = "recsvc"
"""Under this name ``app.extensions`` holds the ``Parts`` of the service."""


@dataclass(frozen=True)
class Parts:
    """What an application was wired from, for programs that embed it.

    Attributes:
        lists: answers queries, and invalidates a user's lists.
        live_model: the version that answers come from.
        metrics: what was counted.
        passages: where requests must not stand still.
        tracing: what makes spans, if anything does.
        close: ends all threads and connections.
        start: loads the live model, and follows newer ones from then on.
        gate: says which requests are answered; its keys are those of the shop.
        health: how the service is, and the HTTP status that says so.
        is_asked_from: whether pages of a web site may ask.
    """

    lists: Lists
    live_model: LiveModel
    metrics: Metrics
    passages: tuple[Passage, ...]
    tracing: Tracing
    close: Callable[[], None]
    start: Callable[[], None]
    gate: Admission
    health: Callable[[], tuple[HealthResponse, int]]
    is_asked_from: Callable[[str], bool]


def create_app(settings: Settings, files: SharedFiles | None = None, book: RuleBook = NO_RULES) -> OpenAPI:
    """Return the WSGI application; it loads the live model and follows newer ones from now on.

    Args:
        settings: how it is to behave.
        files: what it shares with the other workers of the machine; without any it is alone.
        book: the rules of the settings file.
    """
    app = assemble_app(settings, files, book)
    parts: Parts = app.extensions[EXTENSION]
    parts.start()
    return app


def assemble_app(
    settings: Settings,
    files: SharedFiles | None = None,
    book: RuleBook = NO_RULES,
    place: Place | None = None,
) -> OpenAPI:
    """Return the WSGI application before it has begun; arguments as of ``create_app``.

    ``place`` is that of one of several shops of a worker.
    """
    tracing = open_tracing(settings) if place is None else place.beside.tracing
    configure_logging(settings.log_level, tracing.log_fields)
    # Requests are what runs in parallel; threads of BLAS and OpenMP below them would only wait for each other.
    threadpool_limits(1)
    keys = KeyRing(reminder=settings.models_dir / REMINDER)
    service = Service(settings, files, book, (keys,), tracing, place)
    webhooks = Webhooks(service, settings, files)
    app = _make_openapi(settings)
    problems.init_app(app, service.metrics)
    route_metrics.init_app(app)
    limit, widget_limit = (
        make_rate_limit(limit, settings, service.names) for limit in (settings.limit, settings.widget_limit)
    )
    gate = Admission(keys, settings.is_open, limit, settings.is_open_to_loopback_alone, widget_limit)
    admission.init_app(app, gate)
    drain = Drain(files.draining if files else None)
    of_limits = [one.problem for one in (limit, widget_limit) if one is not None]
    checks = [*service.checks(), *of_limits, lambda: keys.problem, webhooks.problem]
    health = partial(status.health_of, service.live_model, checks, drain.is_on)
    site = _register(app, service, settings, keys, health)
    pages.init_app(app, site)
    threads = _in_front(app, service, gate, settings, tracing)
    if files is not None:  # nobody tells one that is alone to drain
        app.wsgi_app = LastAnswers(app.wsgi_app, drain.is_on)  # type: ignore[method-assign]

    def start() -> None:
        service.start()
        webhooks.start()

    def close() -> None:
        threads.close()
        webhooks.stop()
        service.close()
        if place is None:
            tracing.close()

    app.extensions[EXTENSION] = Parts(
        service.lists,
        service.live_model,
        service.metrics,
        (service.lists.line, threads.busy),
        tracing,
        close,
        start,
        gate,
        health,
        lambda origin: origin in settings.cors_origins or origin in keys.widget_origins,
    )
    return app


def _in_front(
    app: OpenAPI, service: Service, gate: Admission, settings: Settings, tracing: Tracing
) -> RequestThreads:
    """Put before Flask what answers without it, and what lets a request come to it; return the latter."""

    def admit_once(environ: "WSGIEnvironment") -> Response | None:
        return None if ADMITTED in environ else gate(environ)

    max_bytes = max(settings.max_request_bytes, settings.max_batch_bytes)
    threads = RequestThreads(
        app.wsgi_app,
        admit_once,
        settings.server_threads,
        Bodies(max_bytes, UPLOADS),
        service.metrics.shed.inc,
    )
    counted = RouteMetrics(threads, service.metrics)
    near = traced_responses(tracing, service.caches.near)
    front: WSGIApplication = HotPath(counted, service.lists, near, service.metrics, gate)
    front = Cors(front, settings.cors_origins, lambda: gate.ring.widget_origins)
    if settings.trusted_proxies:
        front = ProxyFix(front, x_for=settings.trusted_proxies, x_proto=0, x_host=0)
    traced: WSGIApplication = tracing.requests(front, route_of, OPERATIONS)
    app.wsgi_app = traced  # type: ignore[method-assign, assignment]
    return threads


def _register(
    app: OpenAPI,
    service: Service,
    settings: Settings,
    keys: KeyRing,
    health: Callable[[], tuple[HealthResponse, int]],
) -> Site:
    """Add all routes for programs; return what the pages for people are made from."""
    store, shop, descriptions = (
        service.store, service.shop, Descriptions(GuardedStore(service.guarded_store.store), service.live_model)
    )  # fmt: skip
    requests = PrivacyRequests(SHOPIFY, store.platform)
    held: dict[str, users.Holder] = {
        "model": partial(learned_of, service.live_model, shop),
        "offers": partial(offers.held, service.offers),
        "privacy_requests": requests.held,
        "webhooks": partial(told_of, store.notices),
    }

    holders = users.Holders(
        service.on_shoppers, service.on_erased, held, shop.experiments.drawn_for, service.look_now
    )
    rules, guests = shop.rules, service.live_model.guests
    in_force = InForce(lambda: rules.book, service.look_now, service.check_rules, rules.problem_of)
    changes = RuleChanges(store.placements, in_force)
    max_bytes, max_batch_bytes = settings.max_request_bytes, settings.max_batch_bytes
    intake = events.Intake(
        store.events, service.on_shoppers, guests, shop.ids.is_ours, shop.experiments.drawn_for
    )

    def erase(user_id: str) -> dict[str, Any]:
        return users.erase(store.users, holders, user_id, guests()).model_dump(mode="json")

    takers = Takers(store, intake.append, intake.guests, erase, now_us)

    def routes() -> list[Routes]:
        return [
            recommend.blueprint(service.lists, descriptions.describe),
            shopify_proxy.blueprint(service.lists, descriptions.describe, app_proxy_of(settings)),
            performance.blueprint(service.performance),
            explain.blueprint(service.explaining, descriptions.titles, settings.explanation_language),
            page.blueprint(service.pages, descriptions.describe),
            rank.blueprint(service.given_lists),
            audiences.blueprint(service.audiences),
            events.blueprint(intake, max_batch_bytes),
            hooks.blueprint(doors_of(settings, takers), max_batch_bytes),
            items.blueprint(store.catalogue, max_batch_bytes),
            users.blueprint(store.users, holders, max_bytes, guests),
            profiling.blueprint(store.objections, holders, guests, max_bytes),
            moment.blueprint(service.moments),
            placements.blueprint(changes, max(max_bytes, max_batch_bytes)),
            experiments.blueprint(service.experiments, settings.currency, max_bytes),
            benefits.blueprint(service.offers, settings.currency, max_bytes),
            offers.blueprint(service.offers, guests, _revealed(settings.shopper_secret), max_bytes),
            status.blueprint(service.live_model, health),
            links.blueprint(_links_of(service, settings)),
        ]

    def describe() -> OpenAPI:
        of_all = _make_openapi(settings)
        with described():
            for one in routes():
                of_all.register_api(one)
        describe_admission(of_all)
        return of_all

    for one in routes():
        app.register_api(one)
    description.init_app(app, describe)
    app.register_blueprint(widget.blueprint())
    app.add_url_rule("/metrics", "metrics", lambda: status.metrics_page(service.metrics))

    def export(user_id: str) -> dict[str, Any] | None:
        found = users.export_of(store.users, holders, user_id)
        return None if found is None else found.model_dump(mode="json")

    return Site(service, settings, keys, descriptions.describe, changes, export, erase, intake.post)


def _links_of(service: Service, settings: Settings) -> OpenedLinks:
    url = settings.shop_url
    return OpenedLinks(
        None if url is None else ShopAddresses.of(url, settings.shop_hosts),
        service.guarded_store,
        service.store,
        lambda item: item.is_sold_at(now_us()),
        service.live_model.guests,
        service.on_shoppers,
    )


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _make_openapi(settings: Settings) -> OpenAPI:
    app = OpenAPI(
        "recsvc",
        info=Info(
            title="recsvc",
            version=version("recsvc"),
            description="Product suggestions for returning shoppers.",
        ),
        doc_prefix=description.PAGES,
        security_schemes=SECURITY_SCHEMES,
        validation_error_model=problems.Problem,
        validation_error_callback=problems.refuse_fields,
    )
    paths.init_app(app)
    app.json = StrictJson(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["OPENAPI_HTML_STRING"] = '<!doctype html><meta http-equiv="refresh" content="0; url=swagger">'
    return app
