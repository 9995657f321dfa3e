"""What it costs to foresee the next orders of many shoppers at once.

``python -m benchmarks.moments`` learns from shoppers with a rhythm of their own, and asks for the moments of half a
million. It prints seconds of the processor, which other programs on the machine change little, beside the clock's.
"""

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.machine import in_words
from recsvc.moments.moments import moments_of
from recsvc.moments.rhythm import Rhythms
from training.moments.learning import learn_shop_rhythm
from training.moments.order_days import OrderDays

N_SHOPPERS = 500_000
N_LEARNED, N_DAYS, NEWEST_DAYS = 50_000, 365.0, 20_000.0


def main() -> None:
    """Measure learning and foreseeing; print one table."""
    orders = made_up(np.random.default_rng(1))
    started, began = time.process_time(), time.perf_counter()
    shop = learn_shop_rhythm(orders, seed=1)
    learned = time.process_time() - started, time.perf_counter() - began
    rhythms, since = Rhythms.of_columns(orders.user_rhythm())
    drawn = np.random.default_rng(2).integers(0, len(rhythms), N_SHOPPERS)
    rhythms, since = rhythms.at(drawn), since[drawn]
    started, began = time.process_time(), time.perf_counter()
    moments_of(shop, rhythms, since, NEWEST_DAYS)
    foreseen = time.process_time() - started, time.perf_counter() - began
    table = Table("", "processor s", "clock s", title="The right moment", box=None)
    table.add_row(f"learn from {N_LEARNED:,} shoppers, {len(orders.users):,} orders", *_seconds(learned))
    table.add_row(f"moments of {N_SHOPPERS:,} shoppers", *_seconds(foreseen))
    Console(width=100).print(table, in_words())


def made_up(rng: np.random.Generator) -> OrderDays:
    """Return orders of shoppers with gaps of a rhythm of their own, some of whom are lost."""
    n_orders = rng.geometric(0.1, N_LEARNED)
    users = np.repeat(np.arange(N_LEARNED), n_orders)
    gap = rng.gamma(4.0, 7.0, N_LEARNED)
    gaps = np.maximum(rng.gamma(3.0, gap[users] / 3.0), 1.0)
    firsts = np.cumsum(n_orders) - n_orders
    starts = rng.uniform(0, 0.9 * N_DAYS, N_LEARNED)
    passed = np.cumsum(gaps)
    at = starts[users] + passed - passed[firsts][users]
    kept = at < N_DAYS
    return OrderDays(N_LEARNED, users[kept].astype(np.int64), NEWEST_DAYS - N_DAYS + at[kept], NEWEST_DAYS, 3)


def _seconds(taken: tuple[float, float]) -> tuple[str, ...]:
    return tuple(f"{seconds:.1f}" for seconds in taken)


if __name__ == "__main__":
    main()
