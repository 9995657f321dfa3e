"""The experiment of the demo: some made-up shoppers see no list, so that the console can say what lists bring in."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from recsvc.clock import now_us, to_us
from recsvc.outcomes.experiment import Assignment, Experiment, Variant, VariantKind
from recsvc.ranking.query import Placement, UserKey
from recsvc.serving.described_experiments import as_json
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store

HELD_OUT = 0.35
"""A real shop holds out fewer; of a few hundred shoppers, so many are needed for any figure."""

MIN_EFFECT = 0.25
WEEK_DAYS = 7
"""So many days before the start say what is to be expected of shoppers."""

MOST_NAMES = 10_000
TAKEN_UP_SECONDS = 10.0
EVERYWHERE_SECONDS = 1.0
"""What one worker has taken up, all have by then."""


@dataclass(frozen=True)
class SimulatedExperiment:
    """An experiment with a hold-out that began in the days of made-up visits.

    Attributes:
        experiment: as it is stored.
        start: its first day.
    """

    experiment: Experiment
    start: date

    @classmethod
    def of(cls, start: date, seeing: Iterable[str]) -> "SimulatedExperiment":
        """Return the one that begins on ``start``, and in which the users ``seeing`` are shown lists.

        Names tell shoppers apart, so one is taken by which those few, whom people can be in the demo shop, see lists.
        """
        names = ("hold-out" if n == 1 else f"hold-out-{n}" for n in count(1))
        users = [UserKey("user", one) for one in seeing]
        tried = (cls.named(next(names), start) for _ in range(MOST_NAMES))
        return next(
            (one for one in tried if not any(map(one.is_held_out, users))), cls.named("hold-out", start)
        )

    @classmethod
    def named(cls, name: str, start: date) -> "SimulatedExperiment":
        """Return the one of this name that begins on ``start``."""
        begins = datetime(start.year, start.month, start.day, tzinfo=UTC)
        variants = (
            Variant("control", 1 - HELD_OUT, VariantKind.CONTROL),
            Variant("hold-out", HELD_OUT, VariantKind.HOLD_OUT),
        )
        placement = str(Placement.FOR_YOU)
        return cls(Experiment(name, placement, variants, to_us(begins), min_effect=MIN_EFFECT), start)

    def is_held_out(self, shopper: UserKey) -> bool:
        """Return whether a shopper is shown nothing."""
        return Assignment(self.experiment).drawn(shopper).kind is VariantKind.HOLD_OUT

    def put(self, store: Store, is_in_force: Callable[[], bool]) -> bool:
        """Store it, and wait until it is in force; where it does not become so, delete it and return False.

        The API lets no experiment start in the past, when real shoppers were not told apart. Raises StoreError.
        """
        moment = now_us()
        stored = StoredExperiment(self.experiment.name, as_json(self.experiment), moment)
        store.experiments.put(stored, lambda _: None)
        deadline = time.monotonic() + TAKEN_UP_SECONDS
        while not is_in_force():
            if time.monotonic() > deadline:
                store.experiments.delete(self.experiment.name, now_us())
                return False
            time.sleep(0.1)
        time.sleep(EVERYWHERE_SECONDS)
        return True
