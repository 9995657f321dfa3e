"""Which score of ``bought_together`` foresees best what else goes into an order.

``python -m benchmarks.basket_completion ORDERS...`` leaves the last four weeks, which figures are reported on, aside;
counts pairs before the four weeks before them; takes one item out of each order of those weeks; and asks each
score for it, given the rest of the order. Orders of 2 to 50 items; what no score knows follows by sales.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import sparse

from training.fit.basket_neighbours import PairCounts, added_value, count_pairs
from training.history.interactions import Interactions
from training.history.split import time_split
from training.job import read_and_clean
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

MAX_ORDERS = 1500
NEIGHBOURS = 100
SEED = 0

Combine = Callable[[sparse.csr_matrix], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Case:
    """An order: what is in the cart, and what was taken out of it."""

    cart: NDArray[np.int32]
    hidden: int


@dataclass(frozen=True)
class Contender:
    """How pairs are scored, and how scores are combined over a cart."""

    score: Callable[[PairCounts], NDArray[np.float64]]
    combine: Combine


def total(rows: sparse.csr_matrix) -> NDArray[np.float64]:
    """Return the sum over the rows."""
    return np.asarray(rows.sum(axis=0)).ravel()


def largest(rows: sparse.csr_matrix) -> NDArray[np.float64]:
    """Return the maximum over the rows."""
    return np.asarray(rows.max(axis=0).todense()).ravel()


def cosine(pairs: PairCounts) -> NDArray[np.float64]:
    """Return the cosine over orders."""
    return pairs.both / np.sqrt(pairs.with_first * pairs.with_second)


def log_likelihood_ratio(pairs: PairCounts) -> NDArray[np.float64]:
    """Return how surprising the pair is. Dunning: Accurate Methods for the Statistics of Surprise (1993)."""
    n, one, other, both = pairs.n_orders, pairs.with_first, pairs.with_second, pairs.both
    cells = (both, one - both, other - both, n - one - other + both)
    chance = (one * other / n, one * (n - other) / n, (n - one) * other / n, (n - one) * (n - other) / n)
    terms = (
        np.where(seen > 0, seen * np.log(np.maximum(seen, 1e-300) / np.maximum(expected, 1e-300)), 0)
        for seen, expected in zip(cells, chance, strict=True)
    )
    ratio: NDArray[np.float64] = np.maximum(2 * np.sum(list(terms), axis=0), 0)
    return ratio


def shrunk_lift(pairs: PairCounts) -> NDArray[np.float64]:
    """Return the logarithm of the lift, drawn towards 0 where few orders have both."""
    return np.log(np.maximum(pairs.both / pairs.expected, 1)) * pairs.both / (pairs.both + 10)


CONTENDERS: Mapping[str, Contender] = {
    "cosine, sum": Contender(cosine, total),
    "cosine, largest": Contender(cosine, largest),
    "log-likelihood ratio, sum": Contender(log_likelihood_ratio, total),
    "log-likelihood ratio, largest": Contender(log_likelihood_ratio, largest),
    "its square root, sum": Contender(lambda pairs: np.sqrt(log_likelihood_ratio(pairs)), total),
    "shrunk log lift, sum": Contender(shrunk_lift, total),
    "shrunk log lift, largest": Contender(shrunk_lift, largest),
    "added value, sum": Contender(added_value, total),
    "added value², sum": Contender(lambda pairs: added_value(pairs) ** 2, total),
    "added value³, sum": Contender(lambda pairs: added_value(pairs) ** 3, total),
    "added value⁴, sum": Contender(lambda pairs: added_value(pairs) ** 4, total),
    "added value⁸, sum (shipped)": Contender(lambda pairs: added_value(pairs) ** 8, total),
    "added value, largest": Contender(added_value, largest),
}


def main() -> None:
    """Print hit rate at 10 and mean reciprocal rank of each contender for each order file."""
    console = Console(width=110)
    for path in sys.argv[1:]:
        console.print(_compared(Path(path)))


def _compared(path: Path) -> Table:
    orders = read_and_clean(OrderSources((str(path),)), TrainingSettings(), datetime.now(UTC), Silent())
    before = time_split(orders).training_part
    split = time_split(before)
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    cases = _cases(before.lines.filter(pl.col("ordered_at") > split.cut), known)
    baskets = known.baskets()
    sales = np.asarray(baskets.sum(axis=0)).ravel()
    table = Table(title=f"{path.name}: {len(cases):,} orders", box=None)
    table.add_column("score")
    for heading in ("HR@10", "MRR"):
        table.add_column(heading, justify="right")
    table.add_row("sales", *_figures(cases, lambda _cart: sales))
    pairs = _joined(list(count_pairs(baskets)))
    for name, contender in CONTENDERS.items():
        table.add_row(name, *_figures(cases, _scorer(contender, pairs, sales)))
    return table


def _scorer(
    contender: Contender, pairs: PairCounts, sales: NDArray[np.float64]
) -> Callable[[NDArray[np.int32]], NDArray[np.float64]]:
    """Return what scores the catalogue for a cart; where no neighbour decides, sales do."""
    neighbours = _neighbours(pairs, contender.score(pairs), len(sales))
    by_sales = 1e-12 * sales / sales.max()
    return lambda cart: contender.combine(neighbours[cart]) + by_sales


def _cases(lines: pl.DataFrame, known: Interactions) -> list[Case]:
    rng = np.random.default_rng(SEED)
    order = pl.coalesce("order_id", pl.concat_str("user_id", pl.lit("@"), "ordered_at"))
    listed = lines.group_by(order.alias("order"), maintain_order=True).agg(
        pl.col("item_id").unique(maintain_order=True)
    )
    carts = [np.asarray(known.items.indices_of(ids), np.int32) for ids in listed["item_id"].to_list()]
    carts = [cart for cart in carts if 2 <= len(cart) <= 50]
    carts = [carts[i] for i in np.sort(rng.permutation(len(carts))[:MAX_ORDERS])]
    hidden = [int(rng.integers(len(cart))) for cart in carts]
    return [Case(np.delete(cart, at), int(cart[at])) for cart, at in zip(carts, hidden, strict=True)]


def _joined(parts: list[PairCounts]) -> PairCounts:
    names = ("first", "second", "both", "with_first", "with_second")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return PairCounts(**arrays, n_orders=parts[0].n_orders)


def _neighbours(pairs: PairCounts, scores: NDArray[np.float64], n_items: int) -> sparse.csr_matrix:
    """Return the best neighbours of each item, in the same number for each contender."""
    keep = np.flatnonzero(pairs.above_chance & (scores > 0))
    keep = keep[np.lexsort((pairs.second[keep], -scores[keep], pairs.first[keep]))]
    first = pairs.first[keep]
    keep = keep[np.arange(len(first)) - np.searchsorted(first, first) < NEIGHBOURS]
    # Scaled, so that sales decide only where no neighbour does.
    values = scores[keep] / scores[keep].max(initial=1e-9)
    return sparse.csr_matrix((values, (pairs.first[keep], pairs.second[keep])), shape=(n_items, n_items))


def _figures(cases: list[Case], score: Callable[[NDArray[np.int32]], NDArray[np.float64]]) -> tuple[str, str]:
    """Return hit rate at 10 and mean reciprocal rank of what was taken out; of equal scores the middle place."""
    places = np.empty(len(cases))
    for i, case in enumerate(cases):
        scores = score(case.cart).astype(np.float64)
        hidden = scores[case.hidden]
        scores[case.cart] = -1
        places[i] = 1 + (scores > hidden).sum() + ((scores == hidden).sum() - 1) / 2
    return f"{(places <= 10).mean():.4f}", f"{(1 / places).mean():.4f}"


if __name__ == "__main__":
    main()
