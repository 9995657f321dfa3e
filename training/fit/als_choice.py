"""Chooses the settings of ALS: by what shoppers bought in the newest past window."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.dcg import discounts, ideal_dcg
from training.fit.als import fit_als
from training.fit.variant_sharing import with_variants
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.interactions import Interactions
from training.history.sampling import some_users, users_of
from training.history.split import OrderHistory
from training.history.user_items import UserItems
from training.history.windows import Window, past_windows
from training.settings import TrainingSettings

ALS = "als"
"""Under this name the manifest says what was chosen."""

MOST_LINES = 400_000
"""Of a longer history a part of the shoppers is tried on, with about so many lines."""

MOST_SHOPPERS = 1_500
MOST_SCORES = 10_000_000
"""A setting is asked for at most so many scores of an item for a shopper; many items leave fewer shoppers."""

FEWEST_SHOPPERS = 100
"""With fewer who bought something new nothing is chosen."""

CLEARLY = 3.0
"""Another setting is better if it is ahead by so many standard errors of the paired difference."""

ITERATIONS = 5
"""Of ALS, at most: which setting is ahead is seen before the last digits are."""

REPEATS = 0.05
"""Where a smaller share of what is bought was bought before, only what is new is asked for."""

SHOWN, FIRST = 20, 10
SCORES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class AlsSettings:
    """The settings that are tried; the fields are those of ``TrainingSettings``."""

    factors: int
    alpha: float
    regularization: float

    @classmethod
    def of(cls, settings: TrainingSettings) -> "AlsSettings":
        """Return those of ``settings``."""
        return cls(settings.factors, settings.alpha, settings.regularization)

    @classmethod
    def read(cls, said: object) -> "AlsSettings | None":
        """Return what a manifest says that was chosen; None where it says nothing that can be used."""
        values = said.get("settings") if isinstance(said, dict) else None
        if not isinstance(values, dict) or set(values) != set(cls.__dataclass_fields__):
            return None
        try:
            return cls.of(TrainingSettings.model_validate(values, strict=True))
        except ValidationError:
            return None

    def within(self, settings: TrainingSettings) -> TrainingSettings:
        """Return ``settings`` with these."""
        return settings.model_copy(update=asdict(self))

    def __str__(self) -> str:
        """Say them in words."""
        return f"{self.factors} factors, alpha {self.alpha:g}, regularization {self.regularization:g}"


CHOICES = (
    AlsSettings(factors=128, alpha=10.0, regularization=1.0),
    AlsSettings(factors=128, alpha=3.0, regularization=20.0),
    AlsSettings(factors=64, alpha=10.0, regularization=5.0),
)
"""What is tried beside the settings of the run. Chosen on windows before those that are reported."""


@dataclass(frozen=True)
class ChosenAls:
    """What was chosen, and why.

    Attributes:
        settings: with which everything is fitted.
        shoppers: on how many was compared; 0 where nothing was.
        quality: of each that was tried, the mean of Recall@20 and NDCG@10, and of both questions.
    """

    settings: AlsSettings
    shoppers: int = 0
    quality: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says."""
        return {
            "settings": asdict(self.settings),
            "shoppers": self.shoppers,
            "validation": dict(self.quality),
        }

    @property
    def sentence(self) -> str:
        """What a reader of the report is told."""
        if not self.shoppers:
            return f"ALS has {self.settings}; nothing else was tried."
        tried = "; ".join(
            f"{name}: {value:.4f}".replace(": 0.", ": .") for name, value in self.quality.items()
        )
        return (
            f"ALS has {self.settings}, chosen on what {self.shoppers:,} shoppers bought in the newest past "
            f"window (mean of Recall@20 and NDCG@10 of ALS alone; {tried}). What was used "
            f"before stays unless another is ahead by {CLEARLY:g} standard errors."
        )


def als_trials(settings: TrainingSettings, held: AlsSettings | None) -> list[AlsSettings]:
    """Return what is to be tried, what stays in case of doubt first.

    Args:
        settings: those that somebody set by hand are not touched.
        held: what the live version has; None: what ``settings`` say.
    """
    fixed = {name: getattr(settings, name) for name in vars(CHOICES[0]) if name in settings.model_fields_set}
    own = AlsSettings.of(settings)
    wanted = [held or own, own, *CHOICES]
    return list(dict.fromkeys(AlsSettings(**(asdict(one) | fixed)) for one in wanted))


def choose_als(
    orders: OrderHistory,
    settings: TrainingSettings,
    held: AlsSettings | None = None,
    catalogue: ShopCatalogue = NO_CATALOGUE,
    on_trial: Callable[[int], None] = lambda _done: None,
) -> ChosenAls:
    """Fit ALS alone on what was known at the beginning of the newest past window, with each of a handful of settings.

    What each then ranks first is compared with what shoppers bought in the window: with what they bought for the first
    time, and where they buy again with all of it, too. The work is bounded, whatever the history: see the constants.

    Args:
        orders: the history; the part that is reported on is none of it.
        settings: of the run. What was set by hand stays.
        held: what the live version has. It stays, else the settings of the run, unless another is clearly better.
        catalogue: says which items are variants of one product.
        on_trial: told how many are tried.
    """
    trials = als_trials(settings, held)
    window = None if len(trials) == 1 else _newest(orders, settings)
    asked = None if window is None else _Asked.of(window, settings, catalogue)
    if asked is None:
        return ChosenAls(trials[0])
    quality = {}
    for i, trial in enumerate(trials, start=1):
        quality[trial] = asked.quality(trial.within(settings))
        on_trial(i)
    best = max(trials, key=lambda trial: quality[trial].mean())
    if not _is_clearly_better(quality[best], quality[trials[0]]):
        best = trials[0]
    means = {str(trial): round(float(values.mean()), 5) for trial, values in quality.items()}
    return ChosenAls(best, len(asked.users), means)


def _newest(orders: OrderHistory, settings: TrainingSettings) -> Window | None:
    n_users = len(users_of(orders))
    n = min(settings.fit_users, int(n_users * MOST_LINES / max(orders.lines.height, 1)))
    drawn = some_users(orders, n, settings.seed)
    if drawn.lines.is_empty():
        return None
    return next(past_windows(drawn.lines, drawn.guest_lines, settings), None)


def _is_clearly_better(challenger: NDArray[np.float64], holder: NDArray[np.float64]) -> bool:
    ahead = challenger - holder
    return bool(ahead.mean() > CLEARLY * ahead.std() / np.sqrt(len(ahead)))


def _places(ids: pl.Series, among: Vocabulary) -> NDArray[np.int64]:
    """Return where each of ``ids`` is ``among`` others; -1 for those that are not."""
    place = {one: i for i, one in enumerate(among.ids)}
    return np.asarray([place.get(one, -1) for one in ids], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What ALS is asked.

    Attributes:
        decayed: shape (n_users, n_items): what was known at the beginning of the window, an order counting at most 1.
        users: int64: rows of those who are asked for.
        new: shape (len(users), n_items): 1 for what each bought in the window for the first time.
        bought: the same for all that each bought in the window; None where hardly anything is bought again.
    """

    decayed: sparse.csr_matrix
    users: NDArray[np.int64]
    new: sparse.csr_matrix
    bought: sparse.csr_matrix | None

    @classmethod
    def of(cls, window: Window, settings: TrainingSettings, catalogue: ShopCatalogue) -> "_Asked | None":
        """Return the question of ``window``; None where too few could be asked."""
        if window.known.is_empty():
            return None
        known = Interactions.of(window.known, window.known_guests, catalogue)
        counted = UserItems.of(
            known,
            half_life_days=settings.half_life_days,
            recent_half_life_days=settings.recent_half_life_days,
        )
        decayed = with_variants(counted.matrix(counted.decayed), known)
        pairs = window.next.select("user_id", "item_id").unique()
        rows, columns = _places(pairs["user_id"], known.users), _places(pairs["item_id"], known.items)
        both = (rows >= 0) & (columns >= 0)
        ones = np.ones(int(both.sum()), dtype=np.float32)
        bought = sparse.csr_matrix((ones, (rows[both], columns[both])), shape=decayed.shape)
        new = sparse.csr_matrix(bought - bought.multiply(decayed.sign()))
        new.eliminate_zeros()
        users = np.flatnonzero(new.getnnz(axis=1))
        n = min(MOST_SHOPPERS, MOST_SCORES // decayed.shape[1], len(users))
        if n < FEWEST_SHOPPERS:
            return None
        users = np.sort(np.random.default_rng(settings.seed).choice(users, n, replace=False))
        has_repeats = bought.nnz - new.nnz >= REPEATS * bought.nnz
        return cls(decayed, users, new[users], bought[users] if has_repeats else None)

    def quality(self, settings: TrainingSettings) -> NDArray[np.float64]:
        """Return (Recall@20 + NDCG@10) / 2 of each user, the mean of both questions; float64, shape (len(users),)."""
        few = settings.model_copy(update={"iterations": min(ITERATIONS, settings.iterations)})
        factors = fit_als(self.decayed * np.float32(settings.alpha), few, lambda _iteration: None)
        at_once = max(1, SCORES_AT_ONCE // self.decayed.shape[1])
        quality = np.empty(len(self.users))
        with threadpool_limits(1, "blas"):
            for start in range(0, len(self.users), at_once):
                block = slice(start, start + at_once)
                scores = factors.users[self.users[block]] @ factors.items.T
                of_all = None if self.bought is None else _quality(scores, self.bought[block])
                scores[self.decayed[self.users[block]].nonzero()] = -np.inf
                of_new = _quality(scores, self.new[block])
                quality[block] = of_new if of_all is None else (of_new + of_all) / 2
        return quality


def _quality(scores: NDArray[np.float32], bought: sparse.csr_matrix) -> NDArray[np.float64]:
    """Return (Recall@20 + NDCG@10) / 2 of the best by ``scores``; both of shape (n_users, n_items)."""
    shown = min(SHOWN, scores.shape[1])
    best = np.argpartition(-scores, shown - 1, axis=1)[:, :shown]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    hits = np.asarray(bought[np.arange(len(best))[:, np.newaxis], best].todense())
    targets, first = bought.getnnz(axis=1), hits[:, :FIRST]
    recall = hits.sum(axis=1) / np.minimum(targets, SHOWN)
    ndcg = (first * discounts(np.arange(first.shape[1]))).sum(axis=1) / ideal_dcg(targets, FIRST)
    return np.asarray((recall + ndcg) / 2, dtype=np.float64)
