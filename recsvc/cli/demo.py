"""``recsvc demo``: the whole way from orders to suggestions and a shop to click through, on one machine."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from recsvc.catalogue.product_import import Told, import_products
from recsvc.cli.simulated_experiment import WEEK_DAYS, SimulatedExperiment
from recsvc.cli.simulation import Simulation
from recsvc.clock import now_us
from recsvc.errors import RecsvcError
from recsvc.model.artifact import PublishedModel
from recsvc.model.model import Model
from recsvc.model.registry import CURRENT, Registry
from recsvc.processes.own_program import own_program
from recsvc.ranking.query import Placement
from recsvc.store.store import DATABASE_FILE, Store, open_store
from recsvc.web.demo.shoppers import bought_by, returning_shoppers
from recsvc.web.demo.simulated import mark_simulated, simulated_until

START_SECONDS = 60
_DIRECT = build_opener(ProxyHandler({}))  # loopback is never behind a proxy
DAYS = 28
SOMEBODY_NEW = "somebody-new"
REFUSED = 4
"""Exit status of a training run whose version the gate refused."""

SETTINGS = {
    "RECSVC_DEMO": "on",
    # Whoever tries it out may be training beside it; lists that are made anew would be no answer to what Redis does.
    "RECSVC_REDIS_TIMEOUT_SECONDS": "0.5",
}
SHOWN_PURCHASES = 6
SHOWN_SUGGESTIONS = 3
WIDTH = 118


@click.command()
@click.option("--orders", multiple=True, help="Order files; by default those of a sample shop.")
@click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), default="demo", show_default=True
)
@click.option("--port", type=int, default=8000, show_default=True)
@click.option("--once", is_flag=True, help="Stop after printing.")
@click.option(
    "--browser/--no-browser",
    default=True,
    help="Open the demo shop where there is a display.  [default: open it]",
)
def demo(orders: tuple[str, ...], directory: Path, port: int, once: bool, browser: bool) -> None:
    """Train on a sample shop (or your orders), serve, show what a shopper gets, and open a shop to click through.

    Into the store of a sample shop come four weeks of made-up visits, clicks and orders, so that the console has
    figures to show; they are marked as made up.
    """
    Demo(directory, port, list(orders), opens_browser=browser and has_display()).run(stay=not once)


@dataclass(frozen=True)
class Demo:
    """Trains, serves and shows.

    Attributes:
        directory: where the sample shop and the models are kept.
        port: to serve on; another one is taken when it is in use.
        orders: order files; none for the sample shop.
        opens_browser: whether to open the demo shop in a browser, if it stays.
    """

    directory: Path
    port: int
    orders: list[str]
    opens_browser: bool = False

    def run(self, *, stay: bool) -> None:
        """Train, serve and show; with ``stay``, go on serving until interrupted.

        Raises RecsvcError where the training program is not installed.
        """
        if find_spec("training") is None:
            raise RecsvcError(
                "recsvc demo trains a model, and only the service is installed here: pip install recsvc[train]"
            )
        console = Console(width=WIDTH)
        published = self._train()
        days = self.days_to_simulate()
        with ending_in_order(), ExitStack() as running:
            port = free_port(self.port)
            redis_port = running.enter_context(_redis())
            if days:
                mark_simulated(self.models_dir, days[-1])
            running.enter_context(_service(self.models_dir, port, redis_port))
            cache = (
                f"Redis on port {redis_port}"
                if redis_port
                else "in the process (no redis-server on the PATH)"
            )
            base = f"http://127.0.0.1:{port}"
            console.print(f"\nServing on {base}, cache: {cache}\n", highlight=False)
            if days:
                with closing(open_store(database_of(self.models_dir))) as store:
                    experiment = experiment_in(days, published.model, store)
                    Simulation(console, _ask, base, published.model, store).run(days, experiment)
            _show(console, published, base)
            show_addresses(console, base)
            if stay:
                self._stay(console, base)

    @property
    def models_dir(self) -> Path:
        """Where versions and the store are."""
        return self.directory / "models"

    def _train(self) -> PublishedModel:
        source = self._own_orders() if self.orders else self._sample()
        # Each day's sample is another one: where the gate keeps the version of yesterday, that one is shown.
        goes_on = () if self.orders or not (self.models_dir / CURRENT).exists() else (REFUSED,)
        _train("run", *source, "--models-dir", str(self.models_dir), accepts=goes_on)
        if not self.orders:
            self._import_catalogue()
        return Registry(self.models_dir).load()

    def _import_catalogue(self) -> None:
        """Tell the store what the items of the sample shop cost, and where they belong."""
        with closing(open_store(database_of(self.models_dir))) as store:
            store.prepare()
            bought = frozenset(Registry(self.models_dir).load().model.items.ids)
            told = Told({}, None, None, bought, store.catalogue.get_many)
            import_products(
                self.directory / "shop" / "catalogue.csv", store.catalogue.put, now_us(), told=told
            )

    def days_to_simulate(self) -> list[date]:
        """Return the days, until yesterday, of which the store of a sample shop has no visits; none with own orders."""
        last = _yesterday()
        until = simulated_until(self.models_dir) or last - timedelta(days=DAYS)
        n_days = 0 if self.orders else min((last - until).days, DAYS)
        return [last - timedelta(days=ago) for ago in reversed(range(n_days))]

    def _stay(self, console: Console, base: str) -> None:
        if self.opens_browser:
            with suppress(webbrowser.Error):
                webbrowser.open(f"{base}/demo")
        console.print("Serving until Ctrl-C.")
        sys.stdout.flush()  # also where a program reads it
        with suppress(KeyboardInterrupt):
            signal.pause()

    def _own_orders(self) -> list[str]:
        return [word for path in self.orders for word in ("--orders", path)]

    def _sample(self) -> list[str]:
        """Write the files of a sample shop; return the options that name them."""
        shop = self.directory / "shop"
        # It ends yesterday, so that "you bought it three weeks ago" is said of three weeks ago.
        _train("sample", "--out", str(shop), "--end", _yesterday().isoformat())
        return ["--orders", str(shop / "orders.csv"), "--catalogue", str(shop / "catalogue.csv")]


def experiment_in(days: Sequence[date], model: Model, store: Store) -> SimulatedExperiment | None:
    """Return the experiment that began in those days; None where these are few, or the store has any.

    The shoppers whom people can be in the demo shop, and of whom the commands speak that it prints, see lists.
    """
    if len(days) <= 2 * WEEK_DAYS or store.experiments.all():
        return None
    shown = [model.users.id_of(one) for one in returning_shoppers(model)]
    return SimulatedExperiment.of(days[WEEK_DAYS], [*shown, SOMEBODY_NEW])


def _yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


def database_of(models_dir: Path) -> str:
    """Return where the demo keeps events: never in a database that a setting names, which may be a real shop's."""
    return f"sqlite:///{models_dir / DATABASE_FILE}"


def has_display() -> bool:
    """Return whether a browser could show something here: text browsers would take the terminal."""
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def own_environment() -> dict[str, str]:
    """Return the variables for the programs of the demo: a bucket that they name may be that of a real shop."""
    return {name: value for name, value in os.environ.items() if name != "RECSVC_MODELS_URL"}


def _train(*arguments: str, accepts: tuple[int, ...] = ()) -> None:
    """Run the training program, of which the service knows nothing else; exit where it fails, but with ``accepts``."""
    command = [*own_program("training"), *arguments]
    status = subprocess.run(command, check=False, env=own_environment()).returncode  # noqa: S603 - own program
    if status and status not in accepts:
        raise SystemExit(status)  # the program has printed why


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let a signal that ends this program, or its terminal, end what it started as well, as Ctrl-C does."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _process(command: list[str], **variables: str) -> Iterator[None]:
    """Run ``command`` until the block ends, then end it."""
    environment = {**own_environment(), **variables}
    # Ctrl-C is for the demo alone: with the end that follows, the service would get two signals at once, and may hang.
    process = subprocess.Popen(  # noqa: S603 - own programs
        command, stdout=subprocess.DEVNULL, env=environment, start_new_session=True
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _redis() -> Iterator[int | None]:
    """Run a Redis that keeps nothing on disk, where the program is installed; yield its port, or None."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    port = free_port(6379)
    limits = ["--save", "", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
    with _process([program, "--port", str(port), "--bind", "127.0.0.1", *limits]):
        yield port


def serve_command(models_dir: Path, port: int, redis_port: int | None) -> list[str]:
    """Return what runs the service, whatever the settings of this machine say of host and database."""
    options = ["--models-dir", str(models_dir), "--host", "127.0.0.1", "--port", str(port)]
    options += ["--database-url", database_of(models_dir), "--log-level", "warning"]
    if redis_port:
        options += ["--redis-url", f"redis://127.0.0.1:{redis_port}/0"]
    return [*own_program("recsvc"), "serve", *options]


@contextmanager
def _service(models_dir: Path, port: int, redis_port: int | None) -> Iterator[None]:
    with _process(serve_command(models_dir, port, redis_port), **SETTINGS):
        _wait_until_ready(f"http://127.0.0.1:{port}/health/ready")
        yield


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with _DIRECT.open(url, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RecsvcError(f"the service did not become ready within {START_SECONDS} s")


def free_port(wanted: int) -> int:
    """Return ``wanted``, or another free port of loopback where that one is in use."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _show(console: Console, published: PublishedModel, base: str) -> None:
    """Print the lists of one shopper; the demo shop shows more."""
    model = published.model
    user_index = returning_shoppers(model)[0]
    user_id, bought = model.users.id_of(user_index), bought_by(model, user_index)
    console.rule(f"[bold]Shopper {user_id}", align="left")
    titles = "; ".join(_title(model, item) for item in bought[:SHOWN_PURCHASES])
    console.print(f"bought: {titles}", markup=False)
    table = Table(
        Column("placement", width=15),
        Column("suggestion", width=44, no_wrap=True),
        Column("why", width=52, no_wrap=True),
        box=None,
    )
    for placement in Placement:
        answer = _get(_url(base, user_id, placement, bought[:1] if placement.needs_items else []))
        _add_rows(table, model, placement, answer)
    console.print(table, "", highlight=False)
    _show_commands(console, model, user_index, base)


def _show_commands(console: Console, model: Model, user_index: int, base: str) -> None:
    user_id, item_id = model.users.id_of(user_index), bought_by(model, user_index)[0]
    console.print("Try it:")
    for url in (
        _url(base, user_id, Placement.FOR_YOU, []),
        _url(base, user_id, Placement.SIMILAR, [item_id]),
        _url(base, SOMEBODY_NEW, Placement.FOR_YOU, []),
        f"{base}/v1/model",
    ):
        console.print(f"  curl '{url}'", highlight=False, soft_wrap=True)
    console.print(f"The API is described at {base}/docs/swagger", highlight=False)


def show_addresses(console: Console, base: str) -> None:
    """Print where to click on; this comes last."""
    console.print(
        f"\nDemo shop  {base}/demo\nConsole    {base}/console", highlight=False, style="bold", soft_wrap=True
    )


def _add_rows(table: Table, model: Model, placement: Placement, answer: dict[str, Any]) -> None:
    for row, item in enumerate(answer["items"][:SHOWN_SUGGESTIONS]):
        reason = item["reason"]
        behind = ", ".join(_title(model, item_id) for item_id in reason.get("item_ids", [])[:1])
        why = reason["type"].replace("_", " ") + (f": {behind}" if behind else "")
        table.add_row(
            f"[bold]{placement}" if row == 0 else "", escape(_title(model, item["item_id"])), escape(why)
        )


def _title(model: Model, item_id: str) -> str:
    index = model.items.index_of(item_id)
    return (model.titles[index] if index is not None else "") or item_id


def _url(base: str, user_id: str, placement: Placement, item_ids: list[str]) -> str:
    pairs = [
        ("user_id", user_id),
        ("placement", str(placement)),
        *(("item_id", item_id) for item_id in item_ids),
    ]
    return f"{base}/v1/recommend?{urlencode(pairs)}"


def _get(url: str) -> dict[str, Any]:
    return _ask(Request(url))  # noqa: S310 - http on loopback


def _ask(request: Request) -> dict[str, Any]:
    with _DIRECT.open(request, timeout=30) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
