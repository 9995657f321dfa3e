"""``recsvc serve``: the server and its workers."""

import resource
import time
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from signal import SIG_BLOCK, SIGINT, SIGTERM, pthread_sigmask
from typing import Any

import click
import structlog
from flask_openapi3 import OpenAPI
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from recsvc.app import EXTENSION, create_app
from recsvc.cache.redis_check import check_redis
from recsvc.cli.keys import require_protection
from recsvc.cli.options import config, database_url, models_dir, setting
from recsvc.config_file import read_table
from recsvc.logs import configure_logging, server_logging
from recsvc.processes.drain import Drain
from recsvc.processes.family import end_with_parent, is_worker_beside, require_free_port
from recsvc.processes.heartbeats import Heart, Heartbeats
from recsvc.processes.shared_files import SharedFiles, shared_files
from recsvc.processes.watchdog import Watchdog
from recsvc.rules.cost import BookCost
from recsvc.rules.rule_book import TABLE, RuleBook, read_book
from recsvc.settings import Settings, load_settings, unknown_variables

BACKLOG = 2048
MAX_HEADER_BYTES = 64 * 2**10
HEADER_TIMEOUT_SECONDS = 10
MAX_CONNECTIONS = 10_000
_OTHER_FILES = 200

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
    settings = load_settings(config, options)
    for name in unknown_variables():
        click.echo(f"warning: there is no setting {name}", err=True)
    configure_logging(settings.log_level)
    book = read_book(read_table(config, TABLE))
    BookCost(book.in_file, settings.max_rules_bytes).require_affordable()
    require_protection(settings)
    require_free_port(settings.host, settings.port)
    _look_at_redis(settings)
    with shared_files(settings.workers, settings.shared_dir) as files:
        watchdog = Watchdog(Heartbeats(files.heartbeats), settings.hang_seconds)
        watchdog.start()
        try:
            make_server(settings, Drain(files.draining)).serve(
                target_loader=partial(_load, settings, files, book), wrap_loader=False
            )
        finally:
            watchdog.stop()


def _look_at_redis(settings: Settings) -> None:
    """Warn of what is wrong with Redis; raises SettingsError where it can never work."""
    if settings.redis_url is not None:
        trouble = check_redis(settings.redis_url.get_secret_value(), settings.redis_namespace)
        if trouble:
            click.echo(
                f"warning: {trouble}. The service starts, and makes lists without Redis until then", err=True
            )


def _load(settings: Settings, files: SharedFiles, book: RuleBook) -> OpenAPI:
    """Return the application of a worker, which ends with the main process and gives it signs of life."""
    # Ctrl-C reaches every process at the terminal: with the end that the main one then asks for, the worker would get
    # two signals at once, in whose handlers the server waits for itself.
    pthread_sigmask(SIG_BLOCK, {SIGINT})
    end_with_parent()
    files = files.claimed(is_worker_beside)
    heart = None if files.place is None else Heart(Heartbeats(files.heartbeats), files.place)
    if heart is not None:
        heart.start()
    app = create_app(settings, files, book)
    parts = app.extensions[EXTENSION]
    # A worker ends as processes of multiprocessing do, for which alone its finalizers are called.
    Finalize(None, parts.tracing.close, exitpriority=0)
    if heart is not None:
        heart.watch(parts.passages)
    return app


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


def make_server(settings: Settings, drain: Drain) -> AbstractServer[Any]:
    """Return the server; ``serve`` of it takes what makes the application of each worker."""
    server = DrainingServer(
        "recsvc.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # over HTTP/2, a few connections open more streams than there are threads
        workers=settings.workers,
        blocking_threads=settings.server_threads,
        backlog=BACKLOG,
        # Granian counts connections here, idle ones too, and lets those beyond the number hang. Too much work
        # is refused by the service itself.
        backpressure=_max_connections(),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
        websockets=False,
        http1_settings=HTTP1Settings(
            header_read_timeout=1000 * HEADER_TIMEOUT_SECONDS, max_buffer_size=MAX_HEADER_BYTES
        ),
        log_level=LogLevels(settings.log_level),
        log_dictconfig=server_logging(settings.log_level),
    )
    server.drain, server.drain_seconds = drain, settings.drain_seconds
    return server


def _max_connections() -> int:
    """Raise the limit of open files, and return how many connections a worker can then hold open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(1, limit - _OTHER_FILES)
