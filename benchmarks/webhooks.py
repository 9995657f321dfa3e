"""What it costs that webhooks are told of items: when a feed is imported, and when many items come back at once.

``python -m benchmarks.webhooks`` fills a SQLite store, imports 200,000 items again with and without anybody who
listens, lets 10,000 items come back that 100,000 shoppers wished for 200,000 times, and sends what becomes of it to a
receiver on loopback. It prints seconds of the processor beside the clock's.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.machine import in_words
from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.store import Store, open_store
from recsvc.webhooks.checking import Check, Words
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.entered_states import EnteredStates
from recsvc.webhooks.gathering import MOST_WAITING, Gathering
from recsvc.webhooks.occasion import Kind, Limits
from recsvc.webhooks.sender import Makers, Manner, Sender

N_ITEMS, N_BACK, N_SHOPPERS, N_WISHES, N_SENT = 200_000, 10_000, 100_000, 200_000, 2_000
BATCH = 1_000
HOUR_US = 3_600_000_000


def main() -> None:
    """Measure; print one table."""
    table = Table("", "processor s", "clock s", title="Webhooks", box=None)
    with TemporaryDirectory() as directory, closing(open_store(f"sqlite:///{directory}/recsvc.db")) as store:
        _import(store, lambda _number: 10.0)
        table.add_row(
            f"import {N_ITEMS:,} items again, nobody listens", *_timed(lambda: _import(store, lambda _: 10.0))
        )
        with _receiver() as url, closing(Courier(url, [b"k" * 32])) as courier:
            sender = _sender(store, courier)
            sender.look()
            same = "import them again, unchanged"
            table.add_row(same, *_timed(lambda: _import(store, lambda _: 10.0)))
            half = "import them again, half with another price"
            table.add_row(half, *_timed(lambda: _import(store, lambda number: 10.0 + number % 2)))
            table.add_row("look through these changes", *_timed(lambda: _gather(sender)))
            _wish(store)
            for in_stock in (False, True):
                _stock(store, in_stock=in_stock)
            made = f"of {N_WISHES:,} wishes for {N_BACK:,} items, make the first {MOST_WAITING:,} notices"
            table.add_row(made, *_timed(lambda: _gather(sender)))
            n_before = store.notices.n_waiting()
            table.add_row(f"check, send and note {N_SENT:,}", *_timed(lambda: _send(sender, store, n_before)))
            size = sum(path.stat().st_size for path in Path(directory).iterdir())
        Console(width=110).print(
            table, f"{n_before:,} waited; the store takes {size / 2**20:.0f} MiB", in_words()
        )
        sender.stop()


def _sender(store: Store, courier: Courier) -> Sender:
    limits, kinds = Limits(0.05, 30 * DAY_US, 0, 3), frozenset(Kind)
    makers = Makers(
        Gathering(store, limits, kinds),
        EnteredStates(store, limits, frozenset(), lambda: None),
        Check(store, limits, kinds, Words(None, "EUR", lambda: None), lambda _user, _at: None),  # type: ignore[arg-type,return-value]
    )
    return Sender(store, courier, "endpoint", makers, Manner("EUR", 1_000_000, limits.look_us))


def _import(store: Store, price_of: Callable[[int], float]) -> None:
    for first in range(0, N_ITEMS, BATCH):
        numbers = range(first, first + BATCH)
        store.catalogue.put([Item(f"I{one:06}", f"Item {one}", price=price_of(one)) for one in numbers])


def _stock(store: Store, *, in_stock: bool) -> None:
    for first in range(0, N_BACK, BATCH):
        changes = {f"I{one:06}": {"in_stock": in_stock} for one in range(first, first + BATCH)}
        store.catalogue.patch_many(changes, now_us())


def _wish(store: Store) -> None:
    rng, at_us = np.random.default_rng(1), now_us() - HOUR_US
    items, users = rng.integers(0, N_BACK, N_WISHES), rng.integers(0, N_SHOPPERS, N_WISHES)
    for first in range(0, N_WISHES, BATCH):
        pairs = zip(items[first : first + BATCH].tolist(), users[first : first + BATCH].tolist(), strict=True)
        wishes = [
            Event(EventType.WISHLIST, f"I{item:06}", at_us, at_us, user_id=f"u{user:06}")
            for item, user in pairs
        ]
        store.events.append(wishes)


def _gather(sender: Sender) -> None:
    while sender._makers.items.gather(now_us()):
        pass


def _send(sender: Sender, store: Store, n_before: int) -> None:
    while n_before - store.notices.n_waiting() < N_SENT:
        sender._send(sender._receiver())


def _timed(do: Callable[[], None]) -> tuple[str, str]:
    started, began = time.process_time(), time.perf_counter()
    do()
    return f"{time.process_time() - started:.1f}", f"{time.perf_counter() - began:.1f}"


@contextmanager
def _receiver() -> Iterator[str]:
    """Yield the address of a receiver in a process of its own."""
    context = get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_serve, args=(told,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{told.get(timeout=30)}/"
    finally:
        process.kill()
        process.join()


def _serve(told: "object") -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
            pass

    os.nice(5)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.put(server.server_port)  # type: ignore[attr-defined]
        server.serve_forever()


if __name__ == "__main__":
    main()
