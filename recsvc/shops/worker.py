"""What a worker of a deployment with several shops is made of."""

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass

import structlog

from recsvc import metrics_files
from recsvc.app import EXTENSION, Parts, assemble_app
from recsvc.crew import Crew
from recsvc.logs import SHOP, configure_logging
from recsvc.processes.drain import Drain
from recsvc.processes.heartbeats import Passage
from recsvc.processes.shared_files import SharedFiles
from recsvc.rules.rule_book import RuleBook
from recsvc.service import workers_replaced
from recsvc.serving.fair_slots import FairSlots
from recsvc.serving.neighbours import Neighbourhood
from recsvc.settings.shops import Deployment, ShopSettings
from recsvc.shops.dispatcher import Dispatcher
from recsvc.shops.front import Front
from recsvc.shops.served_shop import ServedShop, unmade
from recsvc.tracing.tracing import Tracing, open_tracing

STARTS_AT_ONCE = 2
SWITCH_SECONDS = 0.0005
"""So long a thread that computes keeps the interpreter from others: a list of one shop from an answer of another."""

START_SECONDS = 60.0
"""After so long a worker answers for the shops that have begun; the others follow."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Worker:
    """All shops of one worker.

    Attributes:
        app: the WSGI application.
        shops: what is behind it.
        passages: where requests must not stand still.
        tracing: what makes spans, if anything does.
        close: ends all threads and connections.
    """

    app: Dispatcher
    shops: tuple[ServedShop, ...]
    passages: tuple[Passage, ...]
    tracing: Tracing
    close: Callable[[], None]


def make_worker(
    deployment: Deployment, books: Mapping[str | None, RuleBook], files: SharedFiles | None = None
) -> Worker:
    """Return what serves all shops of a deployment, from now on.

    A shop that cannot be made or begun is logged, and answered for with 503; the others are served.

    Args:
        deployment: its settings.
        books: the rules of the settings file, by the name of the shop.
        files: what the worker shares with others of the machine.
    """
    settings = deployment.settings
    tracing = open_tracing(settings)
    configure_logging(settings.log_level, tracing.log_fields)
    sys.setswitchinterval(SWITCH_SECONDS)
    shared = files if files is not None and files.place is not None else None
    if shared is not None:
        metrics_files.write_to(shared.metrics, shared.place or 0)
    crew, beside = Crew(), Neighbourhood(FairSlots(settings.threads), tracing=tracing)
    with crew.hired():
        shops = tuple(_made(shop, books[shop.name], files, beside) for shop in deployment.shops)
        crew.start()
        _start(shops)

    def close() -> None:
        for shop in shops:
            if shop.parts is not None:
                shop.parts.close()
        crew.close()
        tracing.close()

    drain = Drain(files.draining if files else None)
    front = Front(
        settings, shops, [workers_replaced(shared)], None if shared is None else shared.metrics, drain
    )
    busy = [passage for shop in shops if shop.parts is not None for passage in shop.parts.passages[1:]]
    return Worker(
        Dispatcher(shops, front, settings.trusted_proxies), shops, (beside.slots, *busy), tracing, close
    )


def _made(shop: ShopSettings, book: RuleBook, files: SharedFiles | None, beside: Neighbourhood) -> ServedShop:
    name = shop.name or ""
    place = beside.place(name)
    token = SHOP.set(name)
    try:
        app = assemble_app(shop.settings, files.of_shop(name) if files else None, book, place)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one shop, the others are served
        _log.error("shop_not_made", error=type(error).__name__, exc_info=error)
        return ServedShop(name, shop.hosts, place, unmade, None)
    finally:
        SHOP.reset(token)
    return ServedShop(name, shop.hosts, place, app, app.extensions[EXTENSION])


def _start(shops: Sequence[ServedShop]) -> None:
    """Begin to serve the shops, few at a time; return when all have begun, or after a while."""
    executor = ThreadPoolExecutor(STARTS_AT_ONCE, "recsvc-start")
    begun = [
        executor.submit(copy_context().run, _begin, shop.name, shop.parts)
        for shop in shops
        if shop.parts is not None
    ]
    wait(begun, START_SECONDS)
    executor.shutdown(wait=False)


def _begin(name: str, parts: Parts) -> None:
    SHOP.set(name)
    try:
        parts.start()
    except Exception as error:  # noqa: BLE001 - the others are served
        _log.error("shop_not_started", error=type(error).__name__, exc_info=error)
