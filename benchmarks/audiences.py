"""Who is most likely to buy an item: how often they do, and how long it takes to find them.

``python -m benchmarks.audiences ORDERS [CATALOGUE]`` holds back the last four weeks, learns from the rest, and compares
the audiences of up to 300 items of each kind with simple answers and with what was promised of them. Without arguments
it measures how long an audience takes among 500,000 shoppers, in processor time of one thread.
"""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks.machine import in_words
from benchmarks.synthetic_model import synthetic_model
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.audience.audience import Audiences
from recsvc.ranking.audience.likelihood import Case, CaseLikelihood, Likelihood
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.wanted import learned_item
from training.evaluation.audience_check import AudienceCheck, check_audiences
from training.history.catalogue import NO_CATALOGUE
from training.history.interactions import Interactions
from training.history.split import split_orders
from training.job import read_and_clean
from training.learning import learn
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources

N_USERS, N_ITEMS, ITEMS_A_KIND, TURNS = 500_000, 20_000, 300, 10


def main() -> None:
    """Print the tables of one question."""
    console = Console(width=120)
    if sys.argv[1:]:
        show(console, measure(*sys.argv[1:3]))
    else:
        with threadpool_limits(1):
            console.print(*times(), sep="\n")
    console.print(in_words())


def measure(orders_file: str, catalogue_file: str | None = None) -> AudienceCheck:
    """Return what became of audiences in the last four weeks."""
    settings = TrainingSettings()
    catalogue = NO_CATALOGUE if catalogue_file is None else read_catalogue(catalogue_file)
    split = split_orders(read_and_clean(OrderSources((orders_file,)), settings, datetime.now(UTC), Silent()))
    known = Interactions.of(split.train_lines, split.train_guest_lines, catalogue)
    learned = learn(split.training_part, known, settings, Silent())
    found = check_audiences(learned.model, catalogue, split.held_back, n_items=ITEMS_A_KIND)
    if found is None:
        sys.exit("too little was bought to learn who buys an item")
    return found


def show(console: Console, check: AudienceCheck) -> None:
    """Print what was found."""
    names = list(check.found[0].precision)
    table = Table(
        "items", "", "any shopper", *names, "promised", "lift", title=f"share of {check.n} who buy", box=None
    )
    for one in check.found:
        shares = ("" if share is None else f"{share:.4f}" for share in one.precision.values())
        lift = one.lift()
        ending = (f"{one.promised:.4f}", "" if lift is None else f"{lift:.1f}")
        table.add_row(one.kind, f"{one.items}", f"{one.base_rate:.4f}", *shares, *ending)
    bands = Table("pairs", "promised", "bought", title="by promised probability", box=None)
    for band in check.bands:
        bands.add_row(f"{band.pairs:,}", f"{band.promised:.4f}", f"{band.bought:.4f}")
    sized = Table("wished", "items", "shoppers", "bought", title="as large as a precision allows", box=None)
    for size in check.sized:
        share = "" if size.precision is None else f"{size.precision:.4f}"
        sized.add_row(f"{size.wished:g}", f"{size.items}", f"{size.shoppers:,}", share)
    console.print(table, bands, sized)


def times() -> list[str]:
    """Return how long what is made once takes, and each audience after that."""
    model = enlarged(synthetic_model(N_ITEMS))
    started = time.process_time()
    audiences = Audiences(Shoppers(model))
    taken, drawn = [], np.random.default_rng(0).choice(N_ITEMS, TURNS + 1, replace=False).tolist()
    for item in drawn:
        begun = time.process_time()
        audiences.chances([learned_item(model, item)]).best_first()
        taken.append(time.process_time() - begun)
    first = time.process_time() - started - sum(taken[1:])
    entries = len(model.history.indices) / model.n_users
    return [
        f"{model.n_users:,} shoppers with {entries:.1f} items each, {N_ITEMS:,} items",
        f"the first audience of a version: {first:.2f} s; each after that: {1000 * float(np.median(taken[1:])):.0f} ms",
    ]


def enlarged(model: Model) -> Model:
    """Return ``model`` with ``N_USERS`` users, each as one of its own."""
    times = -(-N_USERS // model.n_users)
    lengths = np.tile(np.diff(model.history.indptr), times)
    history = SparseRows(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.tile(model.history.indices, times),
        np.tile(model.history.values, times),
        model.n_items,
    )
    cases = {case: CaseLikelihood(dict.fromkeys(case.signals, 0.1), (-9.0, 9.0), (0.0, 1.0)) for case in Case}
    return replace(
        model,
        users=Vocabulary.of(f"u{number:07}" for number in range(times * model.n_users)),
        user_factors=np.tile(model.user_factors, (times, 1)),
        user_orders=np.tile(model.user_orders, times),
        history=history,
        history_columns={name: np.tile(values, times) for name, values in model.history_columns.items()},
        audience=Likelihood(28.0, cases).written(),
    )


if __name__ == "__main__":
    main()
