"""Which order of a shopper's own items foresees best what they buy again.

``python -m benchmarks.buy_again ORDERS...`` leaves the last four weeks, which figures are reported on, aside, trains on
what was before the four weeks before them, and ranks the own items of each shopper who then bought one again.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from recsvc.model.model import Model
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.features import features
from recsvc.ranking.history import History, history_of
from recsvc.ranking.ranker import Ranker, read_ranker
from recsvc.ranking.sources.repurchase import due, due_scores
from recsvc.ranking.user_state import UserState
from training.evaluation.metrics import ndcg_at_k
from training.history.interactions import Interactions
from training.history.split import Split, time_split
from training.job import read_and_clean
from training.learning import learn
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

MAX_SHOPPERS = 2500
TOP_K = 10


def main() -> None:
    """Print NDCG at 10 and mean reciprocal rank of each order for each order file."""
    console, settings = Console(width=110), TrainingSettings()
    for path in sys.argv[1:]:
        orders = read_and_clean(OrderSources((path,)), settings, datetime.now(UTC), Silent())
        split = time_split(time_split(orders).training_part)
        known = Interactions.of(split.train_lines, split.train_guest_lines)
        model = learn(split.training_part, known, settings, Silent()).model
        console.print(_compared(Path(path).name, model, split))


def _compared(name: str, model: Model, split: Split) -> Table:
    ranker = read_ranker(model.ranker_all)
    figures: dict[str, list[tuple[float, float]]] = {}
    for user_index, bought in _bought_again(model, split):
        history = history_of(model, user_index)
        hits = np.isin(history.items, bought)
        for order, scores in _orders(model, ranker, user_index, history).items():
            figures.setdefault(order, []).append(_quality(scores, hits))
    shoppers = len(next(iter(figures.values()), []))
    table = Table("order", "NDCG@10", "MRR", title=f"{name}: {shoppers:,} shoppers", box=None)
    for order, pairs in figures.items():
        table.add_row(order, *(f"{mean:.4f}" for mean in np.mean(pairs, axis=0)))
    return table


def _bought_again(model: Model, split: Split) -> list[tuple[int, NDArray[np.int32]]]:
    repeats = split.targets.filter(~pl.col("is_new")).group_by("user_id", maintain_order=True).agg("item_id")
    rows = repeats.sample(min(MAX_SHOPPERS, repeats.height), seed=0).iter_rows()
    found = ((model.users.index_of(user_id), model.items.indices_of(items)) for user_id, items in rows)
    return [(user, np.asarray(items, np.int32)) for user, items in found if user is not None]


def _orders(
    model: Model, ranker: Ranker, user_index: int, history: History
) -> dict[str, NDArray[np.generic]]:
    """Return the scores of the shopper's own items by each order; what the ranker is not asked about is last."""
    user = UserState(user_index, history)
    candidates = Proposer(model).propose(user, repeats=True)
    ranked = ranker.score(features(model, user, candidates))
    own = np.isin(candidates.items, history.items)
    items = candidates.items[own]
    alone, both = (np.full(model.n_items, -np.inf) for _ in range(2))
    alone[items] = ranked[own]
    both[items] = due_scores(model, history, items, ranked[own])
    return {
        "number of orders": history.orders,
        "due alone": due(model, history),
        "the ranker alone": alone[history.items],
        "both (shipped)": both[history.items],
    }


def _quality(scores: NDArray[np.generic], hits: NDArray[np.bool_]) -> tuple[float, float]:
    found = hits[np.argsort(-scores.astype(np.float64), kind="stable")]
    ndcg = ndcg_at_k(found[np.newaxis, :], np.asarray([found.sum()]), TOP_K)
    return float(ndcg[0]), 1 / (1 + int(found.argmax()))


if __name__ == "__main__":
    main()
