"""How long the results of an experiment take to read, in processor time.

``python -m benchmarks.experiment_reading [EVENTS]`` stores made-up events of 56 days, of a tenth as many shoppers, in
SQLite; the experiment has run for the last 28 of them.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from recsvc.outcomes.experiment import Assignment, Experiment, Variant, VariantKind
from recsvc.outcomes.experiment_results import results_of
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.ranking.query import Placement, UserKey
from recsvc.serving.experiment_desk import progress_of
from recsvc.serving.experiment_figures import figures_of
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.store import open_store

EVENTS, BATCH = 1_000_000, 20_000
START_US = 20_000 * DAY_US
TYPES = {"view": 40, "impression": 40, "click": 7, "purchase": 12, "return": 1}
EXPERIMENT = Experiment(
    "first",
    "for_you",
    (
        Variant("A", 0.5, VariantKind.CONTROL),
        Variant("B", 0.5, VariantKind.PLACEMENT, placement=Placement.TRENDING),
    ),
    START_US,
)


def made_up(n_events: int, secret: bytes) -> Iterator[list[Event]]:
    """Yield events in the order of their time."""
    rng, ids, assignment = Random(1), RecommendationIds(secret), Assignment(EXPERIMENT)  # noqa: S311 - protects nothing
    for first in range(0, n_events, BATCH):
        batch = []
        for number in range(first, first + BATCH):
            at_us = START_US + round(56 * DAY_US * (number / n_events - 0.5))
            user_id = f"user-{rng.randrange(n_events // 10)}"
            kind = EventType(rng.choices(list(TYPES), list(TYPES.values()))[0])
            shown = None
            if kind in (EventType.IMPRESSION, EventType.CLICK):
                variant = assignment.variant_of(UserKey("user", user_id)).name
                origin = ListOrigin("for_you", f"first:{variant}", "1", at_us // DAY_US)
                shown = ids.write(origin, user_id.encode(), [("als", "your_taste")] * 10)
            order = f"order-{number}" if kind is EventType.PURCHASE else None
            item, price = f"item-{rng.randrange(5000)}", round(rng.lognormvariate(2, 1), 2)
            batch.append(
                Event(
                    kind,
                    item,
                    at_us,
                    at_us,
                    user_id,
                    unit_price=price,
                    order_id=order,
                    recommendation_id=shown,
                )
            )
        yield batch


def main() -> None:
    """Print how long it takes."""
    n_events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with (
        TemporaryDirectory() as directory,
        closing(open_store(f"sqlite:///{Path(directory)}/store.db", timeout_seconds=60)) as store,
    ):
        for batch in made_up(n_events, store.secret("recsvc lists")):
            store.events.append(batch)
        now_us, started, began = START_US + 28 * DAY_US, time.process_time(), time.perf_counter()
        figures = figures_of(EXPERIMENT, {}, store.reading, now_us)
        results = results_of(EXPERIMENT, figures, progress_of(EXPERIMENT, now_us))
        seconds, passed = time.process_time() - started, time.perf_counter() - began
    print(
        f"{n_events:,} events, {results.shoppers:,} shoppers: {seconds:.1f} s of a processor, {passed:.1f} s passed"
    )
    print(results.verdict.text)


if __name__ == "__main__":
    main()
