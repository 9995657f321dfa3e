"""How long the console's pages take, in a shop with many items and events.

``python -m benchmarks.console [ITEMS] [EVENTS]``: a SQLite store and a made-up model, asked through Flask without a
network, for every page that a route leads to. Printed is the processor time of each page, the first time and then the
median of five, in ms.
"""

import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from flask.testing import FlaskClient
from sqlalchemy import insert

from benchmarks.machine import in_words
from benchmarks.page_addresses import page_addresses
from benchmarks.synthetic_model import synthetic_model
from recsvc.app import EXTENSION, create_app
from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.model.model import Model
from recsvc.model.registry import Registry, Release
from recsvc.settings.settings import Settings
from recsvc.store.event import Event, EventType
from recsvc.store.event_rows import to_row
from recsvc.store.store import Store, open_store
from recsvc.store.tables import events

AGAIN = 5
VERSIONS = ("1", "2")
RULES = "/console/placements/for_you"
ROWS_AT_ONCE = 20_000
EVENTS_US = 60 * 86_400_000_000
"""Events are spread over so long a time, until now."""

TYPES = (EventType.VIEW, EventType.VIEW, EventType.CLICK, EventType.ADD_TO_CART, EventType.PURCHASE)


def fill(store: Store, model: Model, n_events: int) -> None:
    """Store an item for each of the model, and what its users did."""
    ids, users = list(model.items.ids), list(model.users.ids)
    words = ["mug", "lamp", "tea", "blue", "oak", "large"]
    for start in range(0, len(ids), ROWS_AT_ONCE):
        store.catalogue.put([
            Item(
                item_id,
                title=f"{words[i % 6]} {words[i % 5]} {i}",
                price=float(i % 90),
                categories=(f"Aisle {i % 40}", f"Aisle {i % 40} > Shelf {i % 400}"),
                attributes={"brand": f"Brand {i % 300}", "stock": i % 50, "text": "x" * 150},
                in_stock=i % 20 > 0,
                updated_at_us=1,
            )
            for i, item_id in enumerate(ids[start : start + ROWS_AT_ONCE], start=start)
        ])  # fmt: skip
    rng, begin, step = np.random.default_rng(1), now_us() - EVENTS_US, EVENTS_US // n_events
    for start in range(0, n_events, ROWS_AT_ONCE):
        chosen = rng.integers(len(ids), size=ROWS_AT_ONCE).tolist()
        rows = [
            to_row(
                Event(
                    TYPES[i % 5], ids[item], begin + i * step, begin + i * step, user_id=users[i % len(users)]
                )
            )
            for i, item in enumerate(chosen[: n_events - start], start=start)
        ]
        with store._database.write() as connection:
            connection.execute(insert(events), rows)


def milliseconds(client: FlaskClient, address: str, form: dict[str, str] | None = None) -> float:
    """Return the processor time of a page; raises RuntimeError for one that is none."""
    started = time.thread_time()
    answer = client.get(address) if form is None else client.post(address, data=form)
    taken = 1000 * (time.thread_time() - started)
    if answer.status_code >= 400:
        raise RuntimeError(f"{address} was answered {answer.status_code}")
    return taken


def main() -> None:
    """Make the shop, ask for each page and print what it took."""
    sizes = [int(size) for size in sys.argv[1:3]]
    n_items, n_events = [*sizes, *(100_000, 1_000_000)[len(sizes) :]]
    with TemporaryDirectory() as name:
        directory = Path(name)
        model = synthetic_model(n_items)
        for version in VERSIONS:
            counts = {"users": len(model.users)}
            release = Release(version, "2026-01-02T03:04:05+00:00", None, counts, {}, {})
            Registry(directory).publish(model, release)
        with closing(open_store(f"sqlite:///{directory}/recsvc.db", timeout_seconds=60)) as store:
            fill(store, model, n_events)
        app = create_app(Settings(models_dir=directory, log_level="error"))
        try:
            print(f"{n_items:,} items, {n_events:,} events; {in_words()}")
            measure(app.test_client(), model.users.id_of(0), model.items.id_of(1))
        finally:
            app.extensions[EXTENSION].close()


def examples(user_id: str, item_id: str) -> dict[str, tuple[str, ...]]:
    """Return what stands for the routes that need something to show, by route."""
    two = f"/console/versions/compare?a={VERSIONS[0]}&b={VERSIONS[1]}"
    return {
        "/console/shoppers": (f"/console/shoppers?id={user_id}",),
        "/console/shoppers/events": (f"/console/shoppers/events?id={user_id}",),
        "/console/shoppers/why": (f"/console/shoppers/why?id={user_id}&item={item_id}",),
        "/console/shoppers/erase": (f"/console/shoppers/erase?id={user_id}",),
        "/console/shoppers/merge": (f"/console/shoppers/merge?id={user_id}&kind=session&from=visit",),
        "/console/shoppers/receipt/<int:number>": (),
        "/console/items": ("/console/items", "/console/items?q=mug", "/console/items?q=zebra"),
        "/console/items/item": (f"/console/items/item?id={item_id}",),
        "/console/placements/<name>": (RULES,),
        "/console/performance": tuple(
            f"/console/performance?days={days}&by={by}"
            for days, by in ((28, "placement"), (90, "position"), (90, "day"))
        ),
        "/console/experiments/<name>": (),
        "/console/experiments/<name>/stop": (),
        "/console/versions/<name>": (f"/console/versions/{VERSIONS[1]}",),
        "/console/versions/<name>/activate": (f"/console/versions/{VERSIONS[0]}/activate",),
        "/console/versions/<name>/report": (),
        "/console/versions/compare": (two, f"{two}&placement=for_you"),
        "/console/<path:_rest>": (),
        "/console/sign-in": (),
    }


def measure(client: FlaskClient, user_id: str, item_id: str) -> None:
    """Print the time of each page."""
    token = client.get(RULES).text.split('name="token" value="')[1].split('"')[0]
    draft = {"token": token, "boost-field-0": "brand", "boost-value-0": "Brand 7", "boost-factor-0": "3"}
    addresses = page_addresses(client.application, examples(user_id, item_id))
    for address, form in (*((address, None) for address in addresses), (f"{RULES}/preview", draft)):
        first = milliseconds(client, address, form)
        again = median(milliseconds(client, address, form) for _ in range(AGAIN))
        print(f"{address:74} {first:7.0f} {again:7.0f}")


if __name__ == "__main__":
    main()
