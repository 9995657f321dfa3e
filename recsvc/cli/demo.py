"""``recsvc demo``: the whole way from orders to suggestions, on one machine."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import click
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from recsvc.errors import RecsvcError
from recsvc.model.artifact import PublishedModel
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.history import history_of
from recsvc.ranking.query import Placement

START_SECONDS = 30
_DIRECT = build_opener(ProxyHandler({}))  # loopback is never behind a proxy
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
def demo(orders: tuple[str, ...], directory: Path, port: int, once: bool) -> None:
    """Train on a sample shop (or your orders), serve, and show what three shoppers get."""
    Demo(directory, port, list(orders)).run(stay=not once)


@dataclass(frozen=True)
class Demo:
    """Trains, serves and shows.

    Attributes:
        directory: where the sample shop and the models are kept.
        port: to serve on; another one is taken when it is in use.
        orders: order files; none for the sample shop.
    """

    directory: Path
    port: int
    orders: list[str]

    def run(self, *, stay: bool) -> None:
        """Train, serve and show; with ``stay``, go on serving until interrupted.

        Raises RecsvcError where the training program is not installed.
        """
        if find_spec("training") is None:
            raise RecsvcError(
                "recsvc demo trains a model, and only the service is installed here: pip install recsvc[train]"
            )
        console = Console(width=WIDTH)
        models_dir = self.directory / "models"
        source = self._own_orders() if self.orders else self._sample()
        _train("run", *source, "--models-dir", str(models_dir))
        published = Registry(models_dir).load()
        with ExitStack() as running:
            port = free_port(self.port)
            redis_port = running.enter_context(_redis())
            running.enter_context(_service(models_dir, port, redis_port))
            cache = (
                f"Redis on port {redis_port}"
                if redis_port
                else "in the process (no redis-server on the PATH)"
            )
            console.print(f"\nServing on http://127.0.0.1:{port}, cache: {cache}\n", highlight=False)
            _show(console, published, f"http://127.0.0.1:{port}")
            if stay:
                console.print("Serving until Ctrl-C.")
                with suppress(KeyboardInterrupt):
                    signal.pause()

    def _own_orders(self) -> list[str]:
        return [word for path in self.orders for word in ("--orders", path)]

    def _sample(self) -> list[str]:
        """Write the files of a sample shop; return the options that name them."""
        shop = self.directory / "shop"
        _train("sample", "--out", str(shop))
        return ["--orders", str(shop / "orders.csv"), "--catalogue", str(shop / "catalogue.csv")]


def _train(*arguments: str) -> None:
    """Run the training program, of which the service knows nothing else."""
    status = subprocess.run([sys.executable, "-m", "training", *arguments], check=False).returncode  # noqa: S603 - own
    if status:
        raise SystemExit(status)  # the program has printed why


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    """Run ``command`` until the block ends, then end it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - own programs
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


@contextmanager
def _service(models_dir: Path, port: int, redis_port: int | None) -> Iterator[None]:
    options = ["--models-dir", str(models_dir), "--port", str(port), "--log-level", "warning"]
    if redis_port:
        options += ["--redis-url", f"redis://127.0.0.1:{redis_port}/0"]
    with _process([sys.executable, "-m", "recsvc", "serve", *options]):
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
    model = published.model
    shoppers = _returning_shoppers(model)
    for user_index in shoppers:
        user_id, bought = model.users.id_of(user_index), _bought(model, user_index)
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
    _show_commands(console, model, shoppers[0], base)


def _show_commands(console: Console, model: Model, user_index: int, base: str) -> None:
    user_id, item_id = model.users.id_of(user_index), _bought(model, user_index)[0]
    console.print("Try it:")
    for url in (
        _url(base, user_id, Placement.FOR_YOU, []),
        _url(base, user_id, Placement.SIMILAR, [item_id]),
        _url(base, "somebody-new", Placement.FOR_YOU, []),
        f"{base}/v1/model",
    ):
        console.print(f"  curl '{url}'", highlight=False, soft_wrap=True)
    console.print(f"The API is described at {base}/docs/swagger", highlight=False)


def _add_rows(table: Table, model: Model, placement: Placement, answer: dict[str, Any]) -> None:
    for row, item in enumerate(answer["items"][:SHOWN_SUGGESTIONS]):
        reason = item["reason"]
        behind = ", ".join(_title(model, item_id) for item_id in reason.get("item_ids", [])[:1])
        why = reason["type"].replace("_", " ") + (f": {behind}" if behind else "")
        table.add_row(
            f"[bold]{placement}" if row == 0 else "", escape(_title(model, item["item_id"])), escape(why)
        )


def _returning_shoppers(model: Model, n: int = 3) -> list[int]:
    """Return shoppers with an ordinary history: neither a single purchase nor a wholesaler's."""
    sizes = np.diff(model.history.indptr)
    ordinary = np.flatnonzero((sizes >= 5) & (sizes <= 40))
    chosen = ordinary if len(ordinary) >= n else np.argsort(-sizes, kind="stable")[:n]
    # From the quarters of the list, so that they are not neighbours.
    return [int(chosen[len(chosen) * (2 * i + 1) // (2 * n)]) for i in range(min(n, len(chosen)))]


def _bought(model: Model, user_index: int) -> list[str]:
    history = history_of(model, user_index)
    return [model.items.id_of(int(history.items[i])) for i in np.argsort(-history.confidence, kind="stable")]


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
    with _DIRECT.open(url, timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
