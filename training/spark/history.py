"""The whole history of a run that is on Spark."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.identity.nobody import Guests
from recsvc.model.arrays import HISTORY_COLUMNS
from recsvc.model.model import Model
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from training.fit.als import Factors
from training.fit.alternatives import AlternativeWeights, content_arrays
from training.fit.cold_start import SoldItems, cold_start_arrays
from training.fit.counted import Arrays
from training.fit.forward import forward
from training.fit.item_content import ItemContent
from training.fit.model import assembled
from training.fit.purchases import Purchases
from training.gate.order_profile import OrderProfile
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions
from training.history.sampling import thrifty
from training.history.split import OrderLines, Split
from training.history.user_items import UserItems
from training.learning import LIKENING, TIMING, Given, Learned, learn
from training.measuring import split_of_part
from training.moments.learning import learn_shop_rhythm
from training.moments.order_days import OrderDays
from training.orders import CleaningSummary
from training.progress import Progress
from training.ranker.rankers import with_rankers
from training.report import OrderFacts
from training.settings import TrainingSettings
from training.spark.counted import SparkCounts, SparkRun, histories
from training.spark.drawn import SHOPPERS, drawn_users, interactions_of, lines_of
from training.spark.factors import SparkFactors
from training.spark.orders import CleanedTables
from training.spark.purchases import SparkPurchases

MOST_MEASURED = 1_000_000
"""No more shoppers are measured on: their lines are in the memory of the driver."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Some of the shoppers: int64, shape (n,), ascending; and what they bought."""

    users: NDArray[np.int64]
    interactions: Interactions


@dataclass(frozen=True, eq=False)
class SparkHistory:
    """A whole history on Spark; see ``training.whole_history.WholeHistory``.

    Attributes:
        cleaned: the lines.
        counts: what is counted of them.
        settings: of the run.
        run: what its stages share.
    """

    cleaned: CleanedTables
    counts: SparkCounts
    settings: TrainingSettings
    run: SparkRun

    @classmethod
    def of(
        cls,
        cleaned: CleanedTables,
        purchases: SparkPurchases,
        catalogue: ShopCatalogue,
        settings: TrainingSettings,
        run: SparkRun,
    ) -> "SparkHistory":
        """Count a history."""
        # How many users there are is known once they are counted; until then, as for a large history.
        counts = SparkCounts.of(purchases, catalogue, thrifty(settings), run)
        return cls(cleaned, counts, settings, run)

    @property
    def n_users(self) -> int:
        """Number of its users."""
        return self.counts.blocks.n_users

    @property
    def users(self) -> Vocabulary:
        """The ids of its users."""
        return self.counts.known.users

    @property
    def items(self) -> ItemVocabulary:
        """The ids of its items."""
        return self.counts.known.items

    @property
    def catalogue(self) -> ShopCatalogue:
        """What the shop says of its items."""
        return self.counts.known.catalogue

    @property
    def data_through(self) -> int | None:
        """Newest order, in unix seconds; None when undated."""
        return self.counts.purchases.newest

    @property
    def n_purchases(self) -> int:
        """Number of purchases."""
        return self.counts.purchases.n

    @property
    def summary(self) -> CleaningSummary:
        """What the cleaning found."""
        return self.cleaned.summary

    @property
    def guests(self) -> Guests:
        """Who was taken for nobody, or for a shopper, against their name."""
        return self.cleaned.guests

    def split(self) -> Split | str:
        """Return what is measured on, or why there is too little of it."""
        return split_of_part(self._part, self.n_users, self.settings, MOST_MEASURED)

    def learned(self, given: Given, progress: Progress) -> Learned:
        """Return what goes live where nothing can be measured: learned from a part, fitted on all."""
        part = self._part(min(self.n_users, self.settings.fit_users))
        known = Interactions.of(part.lines, part.guest_lines, self.catalogue)
        learned = learn(part, known, self.settings, progress, replace(given, drawn_from=self.n_users))
        settings = learned.als.settings.within(self.settings)
        model = self.fitted(settings, progress, learned.model, learned.alternatives.weights)
        model = replace(with_rankers(model, learned.rankers), audience=learned.model.audience)
        return replace(learned, model=model)

    def facts(self) -> OrderFacts:
        """Return what the report shows of the history."""
        n_lines = self.summary.n_purchases + self.summary.n_guest_purchases
        return self.counts.facts(n_lines)

    def profile(self) -> OrderProfile:
        """Return what the manifest says of the orders."""
        return self.counts.profile()

    def fitted(
        self, settings: TrainingSettings, progress: Progress, _start: Model, weights: AlternativeWeights
    ) -> Model:
        """Return everything but the rankers; ALS begins anew, for Spark's goes on from nothing."""
        counts = self.counts
        settings = settings.model_copy(update={"iterations": self.settings.iterations})
        content = ItemContent.of(counts.known, counts.arrays, settings.threads)
        with progress.step(LIKENING):
            arrays = counts.arrays | content_arrays(content, counts.arrays["item_neighbours"], weights)
        with progress.step("Fit ALS"):
            fitted = SparkFactors.of(
                counts.blocks, counts.sums, settings, counts.groups, self.run.checkpoints
            )
            users = self.run.disk.user_factors(fitted, counts.blocks)
        factors = Factors(users, fitted.items, fitted.item_gramian)
        arrays |= factors.arrays() | self._histories(settings)
        arrays["user_neighbours"] = fitted.user_neighbours
        some = self._drawn(SHOPPERS, settings)
        with progress.step("Fit what comes next"):
            arrays |= self._of_drawn(some, fitted, factors, settings)
        model = assembled(counts.known, arrays, factors, settings)
        with progress.step(TIMING):
            return self._with_moments(model, some, settings)

    def _histories(self, settings: TrainingSettings) -> Arrays:
        counted = self.counts.user_items
        confidence = self.run.disk.scaled("confidence", counted.decayed, settings.alpha)
        return {
            "history": histories(counted, confidence),
            "history_columns": {column.name: getattr(counted, column.name) for column in HISTORY_COLUMNS},
            "user_orders": counted.user_orders,
        }

    def _drawn(self, n: int, settings: TrainingSettings) -> "_Drawn":
        drawn = drawn_users(self.n_users, n, settings.seed)
        ids = [self.users.id_of(int(user)) for user in drawn]
        return _Drawn(drawn, interactions_of(self.counts.purchases, ids, self.catalogue))

    def _with_moments(self, model: Model, drawn: "_Drawn", settings: TrainingSettings) -> Model:
        """Return ``model`` with the rhythm of the shop, learned from the drawn shoppers, and that of each shopper."""
        orders = OrderDays.of(drawn.interactions, self.counts.purchases.day_starts_hour)
        if orders is None or self.counts.purchases.day_starts_hour is None:
            return model
        text = learn_shop_rhythm(orders, settings.seed).to_text()
        return replace(model, user_rhythm=self.run.disk.user_rhythm(self.counts.blocks), moments=text)

    def _of_drawn(
        self, drawn: "_Drawn", fitted: SparkFactors, factors: Factors, settings: TrainingSettings
    ) -> Arrays:
        """Return what is learned from some of the shoppers, and from sums over all."""
        counts, some = self.counts, drawn.interactions
        bought = UserItems.of(
            some,
            half_life_days=settings.half_life_days,
            recent_half_life_days=settings.recent_half_life_days,
        )
        own = Factors(np.asarray(factors.users[drawn.users]), factors.items, factors.item_gramian)
        sold = SoldItems(counts.sums.buyers.astype(np.int64), counts.sums.says, fitted.direction)
        return forward(Purchases.of(some), own, settings) | cold_start_arrays(
            some, bought, own, settings, sold
        )

    def _part(self, n: int) -> OrderLines:
        """Return the lines of ``n`` users drawn at random; of all where there are no more."""
        drawn = drawn_users(self.n_users, n, self.settings.seed)
        ids = [self.users.id_of(int(user)) for user in drawn]
        return lines_of(self.cleaned, ids, self.n_users, self.settings.seed)
