"""The users who are most likely to buy one of some items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import ConflictError, QueryError
from recsvc.ranking.audience.likelihood import Case, Likelihood
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.signals import AGAIN, COLD_START, NEW, Owners, own_signals, signals_of
from recsvc.ranking.audience.wanted import WantedItem

BOUGHT_AGAIN = 0.2
"""An item of which at least this share of buyers comes back for it is for its owners too."""


MAX_ITEMS, MAX_N = 50, 10_000


class OwnersAre(StrEnum):
    """Whether an audience holds those who have an item already."""

    AUTO = "auto"
    LEFT_OUT = "left_out"
    WELCOME = "welcome"


@dataclass(frozen=True)
class AudienceQuery:
    """Who is looked for.

    Attributes:
        item_ids: distinct, 1..50: who is likely to buy at least one of them.
        n: at most so many shoppers are named, 1..10,000.
        precision: the share of an audience that should buy, above 0 and at most 1; None: nobody asks for its size.
        owners: what becomes of those who have an item already.
    """

    item_ids: tuple[str, ...]
    n: int = 1000
    precision: float | None = None
    owners: OwnersAre = OwnersAre.AUTO

    def __post_init__(self) -> None:
        """Raise QueryError unless every field is within its bounds."""
        if not 1 <= len(self.item_ids) <= MAX_ITEMS:
            raise QueryError(
                f"an audience is for 1..{MAX_ITEMS} items, got {len(self.item_ids)}: name those that matter as item_ids"
            )
        if not 1 <= self.n <= MAX_N:
            raise QueryError(f"n must be 1..{MAX_N}, got {self.n}")
        if self.precision is not None and not 0 < self.precision <= 1:
            raise QueryError(f"precision must be above 0 and at most 1, got {self.precision}")


@dataclass(frozen=True, eq=False)
class Chances:
    """How likely each user buys one of the items.

    Attributes:
        probabilities: float64, shape (n_users,): 0 for those who are left out.
        log_odds: float32, shape (n_users,): tells apart who is equally likely; larger is sooner.
        owners_left_out: whether those who have an item already are left out for it, by item.
    """

    probabilities: NDArray[np.float64]
    log_odds: NDArray[np.float32]
    owners_left_out: tuple[bool, ...]

    def best_first(self) -> NDArray[np.intp]:
        """Return the users with any chance, the likeliest first; intp, shape (n,)."""
        some = np.flatnonzero(self.probabilities > 0)
        return some[np.lexsort((some, -self.log_odds[some], -self.probabilities[some]))]


def size_for(precision: float, probabilities: NDArray[np.float64]) -> int:
    """Return how many of the first users are to be taken so that this share of them may be expected to buy.

    ``probabilities``: float64, shape (n,), descending.
    """
    if not len(probabilities):
        return 0
    means = np.cumsum(probabilities) / np.arange(1, len(probabilities) + 1)
    return int(np.searchsorted(-means, -precision, "right"))


@dataclass(frozen=True, eq=False)
class Since:
    """What users did with each item since the model learned: by item, who ``bought`` and who ``disliked`` it; intp."""

    bought: Sequence[NDArray[np.intp]]
    disliked: Sequence[NDArray[np.intp]]


class Audiences:
    """Finds audiences by one model; made once, used by all threads.

    Raises DamagedModelError for a model whose likelihood cannot be read.
    """

    def __init__(self, shoppers: Shoppers) -> None:
        self.shoppers = shoppers
        self.likelihood = Likelihood.read(shoppers.model.audience)

    def chances(
        self,
        items: Sequence[WantedItem],
        owners: OwnersAre = OwnersAre.AUTO,
        check: Callable[[], None] = lambda: None,
        since: Since | None = None,
    ) -> Chances:
        """Return how likely each user buys at least one of ``items``, as if each were bought for itself.

        ``since`` is what happened after the model learned; ``check`` is called before each item, and may raise. Raises
        ConflictError where the model did not learn how likely such an item is bought.
        """
        n = len(self.shoppers)
        none_of_them, best = np.ones(n), np.full(n, -np.inf, dtype=np.float32)
        left_out = []
        for place, wanted in enumerate(items):
            check()
            found, log_odds = self._of_item(wanted)
            is_left_out = owners is OwnersAre.LEFT_OUT or (
                owners is OwnersAre.AUTO and not self._is_repeated(wanted)
            )
            if is_left_out:
                found[Owners.of(self.shoppers, wanted.item).users] = 0
                if since is not None:
                    found[since.bought[place]] = 0
            if since is not None:
                found[since.disliked[place]] = 0
            left_out.append(is_left_out)
            none_of_them *= 1 - found
            np.maximum(best, np.where(found > 0, log_odds, -np.inf), out=best)
        return Chances(1 - none_of_them, best, tuple(left_out))

    def _of_item(self, wanted: WantedItem) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        case = Case.NEW if wanted.is_learned else Case.COLD_START
        of_case = None if self.likelihood is None else self.likelihood.cases.get(case)
        if self.likelihood is None or of_case is None:
            raise ConflictError(
                "the live version did not learn how likely shoppers buy "
                f"{'an item' if wanted.is_learned else 'an item that was never sold'}: train again on dated orders of "
                "at least three months with this release"
            )
        table = signals_of(self.shoppers, wanted)
        log_odds = of_case.log_odds(table, NEW if wanted.is_learned else COLD_START)
        found = of_case.probability(log_odds)
        again = self.likelihood.cases.get(Case.AGAIN)
        if again is not None and wanted.is_learned:
            owners = Owners.of(self.shoppers, wanted.item)
            own = np.concatenate([table[owners.users], own_signals(self.shoppers, owners)], axis=1)
            log_odds[owners.users] = again.log_odds(own, AGAIN)
            found[owners.users] = again.probability(log_odds[owners.users])
        return found, log_odds

    def _is_repeated(self, wanted: WantedItem) -> bool:
        repeated = self.shoppers.model.item_statistic("repeat_share")
        return wanted.is_learned and bool(repeated[wanted.item] >= BOUGHT_AGAIN)
