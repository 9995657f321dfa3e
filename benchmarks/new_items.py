"""Whether an item that no model saw finds those who will buy it.

``python -m benchmarks.new_items [ORDERS [CATALOGUE]]`` (by default of a shop that is made up) hides some items and the
last twelve weeks from the training, puts those items into the catalogue with their first buyers of these weeks, and
looks at who bought them after that: how often the cold-start item nearest to a shopper is one that they bought, and how
often any would be. The second table tells the ratio of the two (and the number of shoppers) by affinity.
"""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItem, ColdStartItems, ColdStartMaker
from recsvc.ranking.history import history_of
from recsvc.ranking.sources.cold_start import FLOOR, affinity_of
from recsvc.ranking.user_state import UserState
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.interactions import Interactions
from training.history.split import OrderLines
from training.job import read_and_clean
from training.learning import learn
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources

WEEKS = 12
N_HIDDEN = 60
LEAST_BUYERS = 15
FIRST_BUYERS = (0, 1, 3, 10)
SHOP = SampleShop(users=3000, items=600, order_lines=90_000, seed=2)
SEED = 0
EDGES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, np.inf)
"""Affinities are told apart at these."""


@dataclass(frozen=True, eq=False)
class Weeks:
    """A model of the time before, and the users (indices, in the order of time) who bought each item after.

    ``titles``: what the orders call the items.
    """

    model: Model
    catalogue: ShopCatalogue
    buyers: dict[str, list[int]]
    titles: dict[str, str]

    def cold_start(self, k: int) -> ColdStartItems:
        """Return the items with their first ``k`` buyers."""
        items = [
            ColdStartItem(
                item_id,
                self.catalogue.categories.get(item_id, ()),
                tuple(users[:k]),
                title=self.catalogue.titles.get(item_id, self.titles.get(item_id, "")),
                text=self.catalogue.texts.get(item_id, ""),
            )
            for item_id, users in self.buyers.items()
        ]
        return ColdStartMaker(self.model).make(items)

    def bought(self, new: ColdStartItems, users: slice) -> NDArray[np.bool_]:
        """Return which of these buyers each is; bool, shape (n_users, n_new)."""
        table = np.zeros((self.model.n_users, len(new)), dtype=np.bool_)
        for place, item_id in enumerate(new.ids):
            table[self.buyers[item_id][users], place] = True
        return table


def main() -> None:
    """Print a table for each question."""
    with TemporaryDirectory() as directory:
        weeks = _prepare(*(map(Path, sys.argv[1:3]) if sys.argv[1:] else _made_up(Path(directory))))
    console = Console(width=110)
    nearest = _table("first buyers", "shoppers", "nearest is bought", "any", "ratio", "shown to")
    near = _table("affinity of the nearest", *(f"{k} buyers" for k in FIRST_BUYERS))
    columns = []
    for k in FIRST_BUYERS:
        row, rates = _measure(weeks, k)
        nearest.add_row(str(k), *row)
        columns.append(rates)
    for low, high, *rates in zip(EDGES, EDGES[1:], *columns, strict=False):
        near.add_row(f"{low:g} to {high:g}", *rates)
    console.print(nearest, "", near)


def _table(*headings: str) -> Table:
    table = Table(box=None)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _made_up(directory: Path) -> tuple[Path, Path]:
    files = write_sample_shop(SHOP, directory)
    return files.orders, files.catalogue


def _prepare(orders_file: Path, catalogue_file: Path | None = None) -> Weeks:
    settings = TrainingSettings(windows=2, users_a_window=300)
    orders = read_and_clean(OrderSources((str(orders_file),)), settings, datetime.now(UTC), Silent())
    catalogue = NO_CATALOGUE if catalogue_file is None else read_catalogue(str(catalogue_file))
    cut = int(orders.lines["ordered_at"].to_numpy().max()) - WEEKS * 7 * 86_400
    later = orders.lines.filter(pl.col("ordered_at") > cut).sort("ordered_at")
    hidden = _drawn(later)
    is_seen = (pl.col("ordered_at") <= cut) & ~pl.col("item_id").is_in(hidden)
    lines, guests = orders.lines.filter(is_seen), orders.guest_lines.filter(is_seen)
    model = learn(
        OrderLines(lines, guests), Interactions.of(lines, guests, catalogue), settings, Silent()
    ).model
    buyers = {
        item_id: model.users.indices_of(
            later.filter(pl.col("item_id") == item_id)["user_id"].unique(maintain_order=True)
        )
        for item_id in hidden
    }
    titles = later.drop_nulls("title").group_by("item_id").agg(pl.col("title").mode().sort().first())
    return Weeks(model, catalogue, buyers, dict(titles.iter_rows()))


def _drawn(later: pl.DataFrame) -> list[str]:
    counts = later.group_by("item_id").agg(pl.col("user_id").n_unique().alias("n")).sort("item_id")
    wanted = counts.filter(pl.col("n") >= LEAST_BUYERS)["item_id"].to_list()
    chosen = np.random.default_rng(SEED).permutation(len(wanted))[:N_HIDDEN]
    return [wanted[place] for place in np.sort(chosen)]


def _measure(weeks: Weeks, k: int) -> tuple[list[str], list[str]]:
    """Return a row of the first table, and a column of the second."""
    new = weeks.cold_start(k)
    have, will = weeks.bought(new, slice(0, k)), weeks.bought(new, slice(k, None))
    model = weeks.model
    affinities = np.asarray(
        [affinity_of(model, new, UserState(user, history_of(model, user))) for user in range(model.n_users)]
    )
    nearest = np.where(have, -1, affinities).argmax(axis=1)
    users = np.arange(weeks.model.n_users)
    hits, best = will[users, nearest], affinities[users, nearest]
    any_hits = will.sum(axis=1) / (~have).sum(axis=1)
    buys = will.any(axis=1)
    shown = best > FLOOR
    found, chance = (hits & shown)[buys].mean(), any_hits[buys].mean()
    row = [f"{buys.sum():,}", f"{found:.3f}", f"{chance:.3f}", f"{found / chance:.1f}", f"{shown.mean():.0%}"]
    bands = np.digitize(best, EDGES[1:-1])
    rates = [
        f"{hits[bands == band].mean() / any_hits.mean():.1f} ({(bands == band).sum():,})"
        if (bands == band).any()
        else ""
        for band in range(len(EDGES) - 1)
    ]
    return row, rates


if __name__ == "__main__":
    main()
