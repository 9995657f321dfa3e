"""Whether lists that learn from clicks are better, by the truth of a shop that is made up.

``python -m benchmarks.learning_from_clicks [SEEDS]``: for shops with many clicks, few, none that say anything, and one
that tells what was in view, how many clicks a list of ten brings, by what shoppers of that shop like and not by what
happened to be clicked: as orders alone teach it, with what clicks teach, and with the same weight of what they teach
when nobody asks in which place they were made. ± is the 95 % interval over shoppers; r is the correlation of what was
found with the truth. Where learning from clicks is off, the lists are the same.
"""

import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.clicking_shop import PLACEMENTS, ClickingShop, Truth, live_through, shown_lists
from recsvc.model.model import Model
from recsvc.store.store import Store, open_store
from training.fit.appeal import fit_appeal, item_appeal
from training.history.exposures import Exposures
from training.history.interactions import Interactions
from training.job import read_and_clean
from training.learning import Given, Learned, learn
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources
from training.sources.shop_store import StoreAddress
from training.sources.store_exposures import read_exposures

SETTINGS = TrainingSettings(factors=32, alpha=3.0, regularization=5.0, windows=3, trees=50)
SHOPS = {
    "many clicks": ClickingShop(),
    "many, and what was in view": ClickingShop(tells_seen=True),
    "half as many": ClickingShop(visit_days=16.0),
    "a quarter": ClickingShop(visit_days=32.0),
    "a sixteenth": ClickingShop(visit_days=128.0),
    "items are liked alike": ClickingShop(appeal=0.0),
    "clicks say but the place": ClickingShop(appeal=0.0, is_blind=True),
}


@dataclass(frozen=True, eq=False)
class Found:
    """What a shop taught."""

    truth: Truth
    learned: Learned
    exposures: Exposures


def found(shop: ClickingShop, store: Store, address: StoreAddress) -> Found:
    """Let a shop live, and learn from what it stored."""
    truth = Truth.of(shop)
    live_through(shop, truth, store, SETTINGS)
    exposures = read_exposures(store)
    orders = read_and_clean(
        OrderSources(store=address, from_store=True), SETTINGS, datetime(2100, 1, 1, tzinfo=UTC), Silent()
    )
    known = Interactions.of(orders.lines, orders.guest_lines)

    learned = learn(orders, known, SETTINGS, Silent(), Given(exposures=exposures))
    return Found(truth, learned, exposures)


def expected(shop: ClickingShop, truth: Truth, model: Model) -> NDArray[np.float64]:
    """Return how many clicks the lists of each user bring in the mean; float64, shape (n_users,)."""
    lists = [truth.expected_clicks(shown_lists(shop, model, placement)) for placement in PLACEMENTS]
    return np.asarray(np.mean(lists, axis=0), dtype=np.float64)


def main() -> None:
    """Print a row for each shop and seed."""
    console = Console(width=160)
    table = Table(box=None)
    for column in ("shop", "seed", "clicks", "on", "without", "with", "gain", "of places unasked", "r"):
        table.add_column(column, justify="left" if column in ("shop", "on") else "right")
    for name, usual in SHOPS.items():
        for seed in range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 1)):
            shop = replace(usual, seed=seed)
            with TemporaryDirectory() as directory:
                address = StoreAddress(f"sqlite:///{Path(directory) / 's.db'}")
                with closing(open_store(address.url, timeout_seconds=60)) as store:
                    row = _row(shop, found(shop, store, address))
            table.add_row(name, str(seed), *row)
            console.print(name, seed, *row)
    console.print(table)


def _row(shop: ClickingShop, one: Found) -> list[str]:
    without = expected(shop, one.truth, replace(one.learned.model, item_appeal=None))
    with_clicks = expected(shop, one.truth, one.learned.model)
    naive = expected(shop, one.truth, _without_places(one))
    on = ", ".join(
        f"{name} {ranker.appeal.share:g}" for name, ranker in one.learned.rankers.items() if ranker.appeal
    )
    return [
        f"{one.exposures.n_clicks:,}",
        on or "off",
        f"{without.mean():.3f}",
        f"{with_clicks.mean():.3f}",
        _difference(with_clicks, without),
        _difference(naive, without),
        f"{_correlation(one):.2f}",
    ]


def _without_places(one: Found) -> Model:
    """Return the model in which appeal is the mere rate of clicks, drawn towards the mean, with the same weight."""
    model, counts = one.learned.model, one.exposures.counts
    if model.item_appeal is None:
        return model
    of_one_place = replace(one.exposures, counts=counts.with_columns(pl.lit(1, pl.Int32).alias("position")))
    return replace(model, item_appeal=item_appeal(of_one_place, model.items))


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> str:
    ahead = (one - other) / other.mean()
    return f"{100 * ahead.mean():+.1f} ± {196 * ahead.std() / np.sqrt(len(ahead)):.1f} %"


def _correlation(one: Found) -> float:
    appeal = fit_appeal(one.exposures)
    places = [int(item.removeprefix("item-")) for item in one.exposures.item_ids]
    if appeal.strength is None or one.truth.appeal.std() == 0:
        return 0.0
    return float(np.corrcoef(appeal.log_appeal, np.log(one.truth.appeal[places]))[0, 1])


if __name__ == "__main__":
    main()
