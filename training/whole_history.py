"""The whole history of a run: what is asked of it, and the one that is in this process."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from recsvc.identity.nobody import Guests
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from training.fit.counts import Counts
from training.gate.order_profile import OrderProfile
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions, KnownHistory
from training.history.sampling import is_large, thrifty, users_of
from training.history.split import Split
from training.learning import CountedWhole, Given, Learned, Whole, learn
from training.measuring import split_for_measuring
from training.orders import CleaningSummary, Orders
from training.progress import Progress
from training.report import OrderFacts
from training.settings import TrainingSettings


class WholeHistory(Whole, KnownHistory, Protocol):
    """All cleaned orders of a run, in this process or on other machines."""

    @property
    def items(self) -> ItemVocabulary:
        """The ids of its items."""

    @property
    def summary(self) -> CleaningSummary:
        """What the cleaning found."""

    @property
    def guests(self) -> Guests:
        """Who was taken for nobody, or for a shopper, against their name."""

    def split(self) -> Split | str:
        """Return what is measured on, in two parts, or a sentence that says why there is too little of it."""

    def learned(self, given: Given, progress: Progress) -> Learned:
        """Return what goes live where nothing can be measured."""

    def facts(self) -> OrderFacts:
        """Return what the report shows of the history."""

    def profile(self) -> OrderProfile:
        """Return what the manifest says of the orders."""


@dataclass(frozen=True, eq=False)
class LocalHistory(CountedWhole):
    """A whole history in this process.

    Attributes:
        orders: cleaned.
        shoppers: the distinct ids of its users, sorted.
        settings: of the run.
        indexed: the history in indices.
        found: what the report shows of it.
    """

    orders: Orders
    shoppers: pl.Series
    settings: TrainingSettings
    indexed: Future[Interactions]
    found: Future[OrderFacts]

    @classmethod
    @contextmanager
    def opened(
        cls, orders: Orders, catalogue: ShopCatalogue, settings: TrainingSettings
    ) -> Iterator["LocalHistory"]:
        """Index and count the ``orders`` while other things happen: measuring leaves a core to spare."""
        shoppers = users_of(orders)
        counting = thrifty(settings) if is_large(len(shoppers), settings) else settings
        n_lines = orders.lines.height + orders.guest_lines.height
        with ThreadPoolExecutor(1) as behind:
            indexed = behind.submit(Interactions.of, orders.lines, orders.guest_lines, catalogue)
            counted = behind.submit(lambda: Counts.of(indexed.result(), counting))
            found = behind.submit(lambda: OrderFacts.of(indexed.result(), n_lines))
            yield cls(counted, orders, shoppers, settings, indexed, found)

    @property
    def n_users(self) -> int:
        """Number of its users."""
        return len(self.shoppers)

    @property
    def users(self) -> Vocabulary:
        """The ids of its users."""
        return self.indexed.result().users

    @property
    def items(self) -> ItemVocabulary:
        """The ids of its items."""
        return self.indexed.result().items

    @property
    def catalogue(self) -> ShopCatalogue:
        """What the shop says of its items."""
        return self.indexed.result().catalogue

    @property
    def data_through(self) -> int | None:
        """Newest order, in unix seconds; None when undated."""
        return self.indexed.result().data_through

    @property
    def n_purchases(self) -> int:
        """Number of purchases."""
        return self.indexed.result().n_purchases

    @property
    def summary(self) -> CleaningSummary:
        """What the cleaning found."""
        return self.orders.summary

    @property
    def guests(self) -> Guests:
        """Who was taken for nobody, or for a shopper, against their name."""
        return self.orders.guests

    def split(self) -> Split | str:
        """Return what is measured on, or why there is too little of it."""
        return split_for_measuring(self.orders, self.shoppers, self.settings)

    def learned(self, given: Given, progress: Progress) -> Learned:
        """Return what goes live where nothing can be measured."""
        return learn(self.orders, self.indexed.result(), self.settings, progress, given)

    def facts(self) -> OrderFacts:
        """Return what the report shows of the history."""
        return self.found.result()

    def profile(self) -> OrderProfile:
        """Return what the manifest says of the orders."""
        return OrderProfile.of(self.indexed.result())
