"""A whole training run beside what ``implicit`` alone needs for one fit of the same matrix and settings.

``python -m benchmarks.training_run 10000000`` measures it on a sample shop of so many order lines.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import in_words
from training.fit.als import fit_als
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.job import TrainingJob, read_and_clean
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

ORDER_LINES = 100_000


class Stopwatch:
    """Keeps how long each step took, in all where it is done twice."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, title: str, _total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Time a step."""
        started = time.perf_counter()
        yield lambda _done: None
        self.seconds[title] = self.seconds.get(title, 0) + time.perf_counter() - started


def _alone(orders: str, settings: TrainingSettings, now: datetime) -> float:
    """Return the seconds of one fit of ``implicit``."""
    cleaned = read_and_clean(OrderSources((orders,)), settings, now, Silent())
    known = Interactions.of(cleaned.lines, cleaned.guest_lines)
    days = {name: getattr(settings, name) for name in ("half_life_days", "recent_half_life_days")}
    user_items = UserItems.of(known, **days)
    confidence = user_items.matrix(settings.alpha * user_items.decayed)
    started = time.perf_counter()
    fit_als(confidence, settings, lambda _done: None)
    return time.perf_counter() - started


def measure(directory: Path, order_lines: int) -> list[dict[str, Any]]:
    """Train on a sample shop of ``order_lines``; return one row a step, in seconds and as a ratio."""
    shop = SampleShop(users=order_lines // 20, items=max(100, order_lines // 200), order_lines=order_lines)
    orders = str(write_sample_shop(shop, directory / "shop").orders)
    settings, now = TrainingSettings(), datetime.now(UTC)

    alone = _alone(orders, settings, now)
    watch = Stopwatch()
    started = time.perf_counter()
    TrainingJob(OrderSources((orders,)), directory / "models", settings, now).run(
        watch, lambda _summary, _path: None
    )
    whole = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    steps = {"implicit alone, one fit": alone, **watch.seconds, "the whole run": whole}
    rows = [{"what": name, "seconds": round(s, 2), "ratio": round(s / alone, 2)} for name, s in steps.items()]
    return [
        *rows,
        {"what": f"{order_lines:,} lines, peak memory in GiB", "seconds": round(peak, 2), "ratio": ""},
    ]


def main() -> None:
    """Measure the number of order lines that is named on the command line."""
    with TemporaryDirectory() as directory:
        rows = measure(Path(directory), int(sys.argv[1]))
    table = Table(*rows[0], title=in_words())
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
