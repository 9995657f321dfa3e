"""Everything that is counted of a history on Spark, under the names of the model."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import Vocabulary
from training.fit.categories import ItemCategories
from training.fit.counted import Arrays
from training.fit.item_statistics import statistics_of
from training.fit.variant_sharing import variants_among
from training.gate.order_profile import OrderProfile
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.orders.dates import iso_moment
from training.progress import Progress
from training.report import OrderFacts
from training.report.order_facts import Totals, Weeks, tail_of
from training.settings import TrainingSettings
from training.spark.arrays_on_disk import ArraysOnDisk
from training.spark.baskets import Baskets
from training.spark.checkpoints import Checkpoints
from training.spark.item_neighbours import item_neighbours
from training.spark.item_sums import Groups, ItemSums
from training.spark.purchases import SparkPurchases
from training.spark.sales import Sales
from training.spark.user_blocks import UserBlocks


@dataclass(frozen=True)
class SparkRun:
    """What the stages of a run share.

    Attributes:
        checkpoints: of finished stages.
        disk: where arrays of users are written.
        progress: told of each step.
    """

    checkpoints: Checkpoints
    disk: ArraysOnDisk
    progress: Progress


@dataclass(frozen=True, eq=False)
class SparkCounts:
    """Counts of one history.

    Attributes:
        purchases: the history.
        blocks: what each user bought, on Spark.
        sums: what that adds up to for each item.
        baskets: the orders.
        sales: what sells.
        user_items: what each user bought, in files.
        known: ids, titles and catalogue of the items, and the ids of users; without purchases.
        groups: which items are variants of one product; None where none are.
        arrays: what is counted, by the name of the field of ``Model``, but for the histories.
    """

    purchases: SparkPurchases
    blocks: UserBlocks
    sums: ItemSums
    baskets: Baskets
    sales: Sales
    user_items: UserItems
    known: Interactions
    groups: Groups
    arrays: Arrays

    @classmethod
    def of(
        cls,
        purchases: SparkPurchases,
        catalogue: ShopCatalogue,
        settings: TrainingSettings,
        run: SparkRun,
    ) -> "SparkCounts":
        """Count; see ``training.fit.counts.Counts``."""
        checkpoints, progress = run.checkpoints, run.progress
        with progress.step("Gather histories"):
            blocks = UserBlocks.of(purchases, settings, checkpoints)
            users, user_items = run.disk.user_items(blocks)
        groups = variants_among(purchases.items.ids, catalogue)
        known = _known(purchases, users, catalogue)
        with progress.step("Count what sells"):
            sums = ItemSums.of(blocks, settings, groups, checkpoints)
            baskets, sales = Baskets.of(purchases, checkpoints), Sales.of(purchases, checkpoints)
        popularity = sales.popularity
        arrays: Arrays = popularity.arrays() | ItemCategories.of(known, popularity).arrays()
        arrays["item_statistics"] = statistics_of(sums.of_buyers, sales.statistics(baskets))
        with progress.step("Fit co-purchase neighbours"):
            arrays["item_neighbours"] = item_neighbours(blocks, sums, settings, groups, checkpoints)
            arrays["basket_neighbours"] = baskets.neighbours(settings.neighbours, checkpoints)
        return cls(purchases, blocks, sums, baskets, sales, user_items, known, groups, arrays)

    def facts(self, n_lines: int) -> OrderFacts:
        """Return what the report shows of the history."""
        return OrderFacts(
            self._weeks(),
            tail_of(self.arrays["popularity"][0].astype(np.int64)),
            Totals(
                shoppers=self.blocks.n_users,
                items=self.blocks.n_items,
                orders=self.baskets.n + self.purchases.n_alone,
                lines=n_lines,
                one_order_share=float((self.user_items.user_orders == 1).mean()),
            ),
        )

    def profile(self) -> OrderProfile:
        """Return what the manifest says of the orders."""
        purchases = self.purchases
        return OrderProfile(
            users=self.blocks.n_users,
            items=self.blocks.n_items,
            purchases=purchases.n,
            priced_share=round(purchases.n_priced / max(purchases.n, 1), 4),
            data_through=iso_moment(purchases.newest),
            orders_by_day=self.sales.orders_by_day,
        )

    def _weeks(self) -> Weeks | None:
        if self.purchases.newest is None:
            return None
        orders = self.sales.orders_by_week
        known, repeats = np.zeros(len(orders), np.int64), np.zeros(len(orders), np.int64)
        for _, arrays in self.blocks.stream("known_by_week", "repeats_by_week"):
            known += arrays["known_by_week"]
            repeats += arrays["repeats_by_week"]
        return Weeks.counted(self.purchases.newest, orders, known, repeats)


def histories(user_items: UserItems, confidence: NDArray[np.float32]) -> SparseRows:
    """Return what each user bought, and how ALS weighs it."""
    return SparseRows(user_items.indptr, user_items.items, confidence, user_items.n_items)


def _known(purchases: SparkPurchases, users: Vocabulary, catalogue: ShopCatalogue) -> Interactions:
    nothing = pl.DataFrame(schema={"user_index": pl.Int32, "item_index": pl.Int32, "ordered_at": pl.Int64})
    return Interactions(users, purchases.items, purchases.titles, nothing, purchases.newest, catalogue)
