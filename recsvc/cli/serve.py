"""``recsvc serve``: the server and its workers."""

import os
import resource
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from signal import SIG_BLOCK, SIG_DFL, SIGINT, SIGTERM, pthread_sigmask, signal
from typing import TYPE_CHECKING, Any

import click
import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from recsvc.app import EXTENSION, Parts, create_app
from recsvc.cache.redis_check import check_redis
from recsvc.cli.keys import require_protection
from recsvc.cli.options import book_of, config, database_url, models_dir, setting
from recsvc.errors import SettingsError, StoreError
from recsvc.logs import configure_logging, server_logging
from recsvc.processes.drain import Drain
from recsvc.processes.family import end_with_parent, is_worker_beside, require_free_port
from recsvc.processes.heartbeats import Heart, Heartbeats
from recsvc.processes.shared_files import SharedFiles, shared_files
from recsvc.processes.watchdog import Watchdog
from recsvc.rules.cost import BookCost
from recsvc.rules.rule_book import RuleBook
from recsvc.service import make_store
from recsvc.serving.first_trials import FirstTrial, try_live_versions
from recsvc.settings.settings import Settings, unknown_variables
from recsvc.settings.shops import Deployment, ShopSettings, load_deployment, unknown_shop_variables
from recsvc.shops.worker import Worker, make_worker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BACKLOG = 2048
MAX_HEADER_BYTES = 64 * 2**10
KILL_SECONDS = 10
"""So long a worker may take to end."""

HEADER_TIMEOUT_SECONDS = 8
"""Less than that: a request of which a part came just before the end is waited for, and no reason to kill a worker."""

MAX_CONNECTIONS = 10_000
_OTHER_FILES, _FILES_OF_A_SHOP = 200, 200
SHOPS_WITH_THREADS = 5
"""A worker has as many threads as so many shops can hold at a time; most shops hold few."""

_PURPOSE = "recsvc shops"

_log = structlog.get_logger(__name__)


@click.command()
@config
@models_dir
@setting("host")
@setting("allow_open", is_flag=True, default=None)
@setting("port", int)
@setting("workers", int)
@setting("redis_url")
@database_url
@setting("log_level")
def serve(config: Path | None, **options: object) -> None:
    """Answer requests until stopped; the service takes up a newly published model by itself."""
    deployment = load_deployment(config, options)
    settings = deployment.settings
    for name in (*unknown_variables(), *unknown_shop_variables(deployment)):
        click.echo(f"warning: there is no setting {name}", err=True)
    configure_logging(settings.log_level)
    books = {shop.name: book_of(shop) for shop in deployment.shops}
    for shop in deployment.shops:
        BookCost(books[shop.name].in_file, shop.settings.max_rules_bytes).require_affordable()
    require_stores(deployment.shops)
    require_free_port(settings.host, settings.port)
    _look_at_redis([shop.settings for shop in deployment.shops])
    names = [shop.name for shop in deployment.shops if shop.name is not None]
    os.register_at_fork(after_in_child=_end_at_once)
    with shared_files(settings.workers, settings.shared_dir, names) as files:
        watchdog = Watchdog(Heartbeats(files.heartbeats), settings.hang_seconds)
        watchdog.start()
        if names:
            try_live_versions(
                [
                    FirstTrial(shop.settings.models_dir, files.of_shop(shop.name).tried)
                    for shop in deployment.shops
                    if shop.name is not None
                ]
            )
        try:
            make_server(settings, Drain(files.draining), len(deployment.shops)).serve(
                target_loader=partial(_load, deployment, files, books), wrap_loader=False
            )
        finally:
            watchdog.stop()


def _look_at_redis(shops: Sequence[Settings]) -> None:
    """Warn of what is wrong with Redis; raises SettingsError where it can never work."""
    looked_at = set()
    for settings in shops:
        url = None if settings.redis_url is None else settings.redis_url.get_secret_value()
        if url is None or (url, settings.redis_namespace) in looked_at:
            continue
        looked_at.add((url, settings.redis_namespace))
        trouble = check_redis(url, settings.redis_namespace)
        if trouble:
            click.echo(
                f"warning: {trouble}. The service starts, and makes lists without Redis until then", err=True
            )


def _end_at_once() -> None:
    """Let SIGTERM end a new worker until the server listens to that.

    Until then it would have the handler of the main process, which ends no worker: told to end while it starts, it
    would go on until it is killed.
    """
    signal(SIGTERM, SIG_DFL)


def _load(
    deployment: Deployment, files: SharedFiles, books: Mapping[str | None, RuleBook]
) -> "WSGIApplication":
    """Return the application of a worker, which ends with the main process and gives it signs of life."""
    # Ctrl-C reaches every process at the terminal: with the end that the main one then asks for, the worker would get
    # two signals at once, in whose handlers the server waits for itself.
    pthread_sigmask(SIG_BLOCK, {SIGINT})
    end_with_parent()
    files = files.claimed(is_worker_beside)
    heart = None if files.place is None else Heart(Heartbeats(files.heartbeats), files.place)
    if heart is not None:
        heart.start()
    app, parts = _made(deployment, files, books)
    # A worker ends as processes of multiprocessing do, for which alone its finalizers are called.
    Finalize(None, parts.tracing.close, exitpriority=0)
    if heart is not None:
        heart.watch(parts.passages)
    return app


def _made(
    deployment: Deployment, files: SharedFiles, books: Mapping[str | None, RuleBook]
) -> "tuple[WSGIApplication, Parts | Worker]":
    """Return the application, and what it was made of."""
    if deployment.has_names:
        worker = make_worker(deployment, books, files)
        return worker.app, worker
    app = create_app(deployment.settings, files, books[None])
    return app, app.extensions[EXTENSION]


class DrainingServer(Server):  # type: ignore[misc, valid-type]  # one of two classes, by the interpreter
    """After SIGTERM its workers go on for ``drain_seconds``; a second signal, or Ctrl-C, ends them at once."""

    drain_seconds = 0.0
    drain: Drain

    def signal_handler_interrupt(self, signum: int = SIGINT, _frame: object = None) -> None:
        """Take note of a signal; it is called again for each."""
        self._is_ended_at_once = signum != SIGTERM or self.interrupt_signal
        super().signal_handler_interrupt()

    def shutdown(self, exit_code: int = 0) -> None:
        """Wait, and end the workers."""
        if self.drain_seconds and self.interrupt_signal and self.drain.begin():
            _log.info("draining", seconds=self.drain_seconds)
            until = time.monotonic() + self.drain_seconds
            while time.monotonic() < until and not self._is_ended_at_once:
                time.sleep(0.05)
        super().shutdown(exit_code)


def make_server(settings: Settings, drain: Drain, n_shops: int = 1) -> AbstractServer[Any]:
    """Return the server for so many shops; ``serve`` of it takes what makes the application of each worker."""
    server = DrainingServer(
        "recsvc.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # over HTTP/2, a few connections open more streams than there are threads
        workers=settings.workers,
        blocking_threads=settings.server_threads * min(n_shops, SHOPS_WITH_THREADS),
        backlog=BACKLOG,
        # Granian counts connections here, idle ones too, and lets those beyond the number hang. Too much work
        # is refused by the service itself.
        backpressure=_max_connections(n_shops),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=KILL_SECONDS,
        websockets=False,
        http1_settings=HTTP1Settings(
            header_read_timeout=1000 * HEADER_TIMEOUT_SECONDS, max_buffer_size=MAX_HEADER_BYTES
        ),
        log_level=LogLevels(settings.log_level),
        log_dictconfig=server_logging(settings.log_level),
    )
    server.drain, server.drain_seconds = drain, settings.drain_seconds
    return server


def _max_connections(n_shops: int) -> int:
    """Raise the limit of open files, and return how many connections a worker can then hold open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    other_files = _OTHER_FILES + (n_shops - 1) * _FILES_OF_A_SHOP
    wanted = MAX_CONNECTIONS + other_files
    limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(1, limit - other_files)


def require_stores(shops: Sequence[ShopSettings]) -> None:
    """Refuse to answer every client on an address that other machines can reach, or two shops with one store.

    A store that does not answer is not looked at.

    Raises:
        SettingsError: naming the shop.
    """
    owners: dict[bytes, str | None] = {}
    for shop in shops:
        try:
            require_protection(shop.settings)
        except SettingsError as error:
            raise SettingsError(
                str(error) if shop.name is None else f"[shops.{shop.name}]: {error}"
            ) from error
        if shop.name is None:
            continue
        with closing(make_store(shop.settings)) as store, suppress(StoreError):
            # A copy has the same keys, and the console of either would believe the sessions of the other.
            other = owners.setdefault(store.secret(_PURPOSE), shop.name)
            if other != shop.name:
                raise SettingsError(
                    f"[shops.{other}] and [shops.{shop.name}] have the same store, or a copy of it: give each its own"
                )
