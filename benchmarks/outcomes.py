"""How long it takes until what happened is in the figures, and to ask for them, in a store with many events.

``python -m benchmarks.outcomes [EVENTS]``: a SQLite store with a month of impressions, clicks, orders and returns,
twenty events a shopper. Printed are the time to count them all once, the time from an event to the figures, and
the time of each question that ``/v1/performance`` answers.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import insert

from benchmarks.machine import in_words
from recsvc.metrics import Metrics
from recsvc.outcomes.performance import GroupBy
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.share import Windows
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.serving.performance import Performances
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.event_rows import to_row
from recsvc.store.store import Position, Store, open_store
from recsvc.store.tables import events

PLACEMENTS = ("for_you", "discover", "similar", "bought_together")
SHOWN, DAYS, ITEMS = 15, 28, 5_000
FIRST = date(2026, 5, 1)
FIRST_US = (FIRST - date(1970, 1, 1)).days * DAY_US
ROWS_AT_ONCE = 100_000
PERIOD = (FIRST, date(2026, 5, 31))


def happened(n_events: int, ids: RecommendationIds) -> Iterator[Event]:
    """Yield events of shoppers who see three lists of five, click twice, buy twice and send one thing back."""
    rng = np.random.default_rng(0)
    kinds = [("als", "your_taste"), ("repurchase", "you_bought_this"), ("popular", "popular")] * 2
    names = [
        ids.write(ListOrigin(placement, "", f"2026050{version}", day), f"{placement}{day}".encode(), kinds)
        for version in (1, 2)
        for placement in PLACEMENTS
        for day in range(20_574, 20_574 + DAYS)
    ]
    for shopper in range(n_events // (SHOWN + 5)):
        at_us = FIRST_US + int(rng.integers(0, DAYS * DAY_US))
        shown = rng.integers(0, ITEMS, SHOWN)
        lists = rng.integers(0, len(names), 3)
        common: dict[str, Any] = {"received_at_us": at_us, "user_id": f"u{shopper}"}
        for place, item in enumerate(shown):
            where: dict[str, Any] = {"recommendation_id": names[lists[place // 5]], "position": place % 5 + 1}
            yield Event(
                EventType.IMPRESSION, f"i{item}", at_us + place, seen=place % 2 == 0, **common, **where
            )
        for place in (0, 7):
            where = {"recommendation_id": names[lists[place // 5]], "position": place % 5 + 1}
            yield Event(EventType.CLICK, f"i{shown[place]}", at_us + 1000 + place, **common, **where)
            line: dict[str, Any] = {"order_id": f"o{shopper}", "unit_price": 9.5, **common}
            yield Event(EventType.PURCHASE, f"i{shown[place]}", at_us + 2000, **line)
        yield Event(EventType.RETURN, f"i{shown[0]}", at_us + 3000, **line)


def fill(store: Store, ids: RecommendationIds, n_events: int) -> None:
    """Store so many events."""
    batch = []
    for event in happened(n_events, ids):
        batch.append(to_row(event))
        if len(batch) == ROWS_AT_ONCE:
            _insert(store, batch)
            batch = []
    if batch:
        _insert(store, batch)


def _insert(store: Store, batch: list[dict[str, object]]) -> None:
    with store._database.write() as connection:
        connection.execute(insert(events), batch)


def main() -> None:
    """Print a line for each measurement."""
    n_events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    say = sys.stdout.write
    with TemporaryDirectory() as directory, closing(open_store(f"sqlite:///{Path(directory)}/s.db")) as store:
        store.prepare()
        ids = ListIds(store)
        ids.follow(store, Position(0, 0, 0, 0, 0))
        say(f"{in_words()}\n")
        fill(store, RecommendationIds(store.secret("recsvc lists")), n_events)
        follower = OutcomeFollower(store.outcomes, ids.origin_of, Windows(), Metrics())
        started = time.perf_counter()
        follower.catch_up()
        say(f"{n_events:,} events counted in {time.perf_counter() - started:.0f} s\n")
        store.events.append(
            [
                Event(EventType.PURCHASE, "i1", FIRST_US, FIRST_US, f"u{one}", unit_price=1.0)
                for one in range(100)
            ]
        )
        started = time.perf_counter()
        follower.catch_up()
        say(f"100 more orders of 100 shoppers counted in {1000 * (time.perf_counter() - started):.0f} ms\n")
        performances = Performances(lambda: store.outcomes, "EUR")
        for group_by in GroupBy:
            started = time.perf_counter()
            rows = performances.of(*PERIOD, group_by).rows
            say(f"{group_by}: {len(rows)} rows in {1000 * (time.perf_counter() - started):.0f} ms\n")


if __name__ == "__main__":
    main()
