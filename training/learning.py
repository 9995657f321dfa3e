"""Everything a version holds, rankers included, learned from one history; and learned on from there."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from training.fit.alternative_choice import ChosenAlternatives, choose_weights
from training.fit.alternatives import content_arrays
from training.fit.counts import Counts
from training.fit.item_content import ItemContent
from training.fit.model import fit_model
from training.history.interactions import Interactions
from training.history.sampling import is_large, thrifty
from training.history.split import OrderHistory, Split
from training.history.windows import Window
from training.progress import Progress, Silent
from training.ranker.examples import Examples, Sampling
from training.ranker.fitted import FittedRanker
from training.ranker.keeping import Before
from training.ranker.rankers import (
    Past,
    add_window,
    choose_rankers,
    look_back,
    relearn_rankers,
    window_examples,
    with_rankers,
)
from training.settings import TrainingSettings

COUNTING = "Fit co-purchase neighbours"
LIKENING = "Find alternatives and variants"

Fitted = TypeVar("Fitted")


@dataclass(frozen=True, eq=False)
class Learned:
    """A model, and what it takes to learn on.

    Attributes:
        model: with its rankers.
        rankers: how each was chosen.
        past: the examples that they were learned from.
        alternatives: how those of ``similar`` were chosen.
    """

    model: Model
    rankers: dict[str, FittedRanker]
    past: Past
    alternatives: ChosenAlternatives


def learn(
    orders: OrderHistory,
    known: Interactions,
    settings: TrainingSettings,
    progress: Progress,
    drawn_from: int | None = None,
) -> Learned:
    """Learn from order lines; ALS goes on from what was known at the newest past moment.

    Args:
        orders: what to learn from.
        known: the same, in indices.
        settings: how to fit. Of a large history (``training.large``) the rankers learn from a part.
        progress: told of each step.
        drawn_from: number of users of whom those in ``orders`` were drawn; None where they are all.
    """
    large = is_large(len(known.users) if drawn_from is None else drawn_from, settings)
    if large:
        settings = thrifty(settings)
    past, newest = look_back(orders, settings, progress, known.catalogue)

    def fitted() -> tuple[Model, ChosenAlternatives]:
        with progress.step(COUNTING):
            counts = Counts.of(known, settings)
        content = ItemContent.of(known, counts.arrays, settings.threads)
        with progress.step(LIKENING):
            chosen = choose_weights(newest, counts, content)
            alike = content_arrays(content, counts.arrays["item_neighbours"], chosen.weights)
        return fit_model(counts, settings, progress, start=newest, content=alike), chosen

    (model, chosen), rankers = _beside(
        fitted, lambda: choose_rankers(past, settings, from_all=not large), progress
    )
    return Learned(with_rankers(model, rankers), rankers, past, chosen)


@dataclass(frozen=True, eq=False)
class LastFit:
    """Learns what goes live, from the whole history.

    Attributes:
        counted: what is counted of the whole history.
        settings: those of what was measured.
        progress: told of each step.
        before: the version that shoppers see, to go on from; None without one.
    """

    counted: Future[Counts]
    settings: TrainingSettings
    progress: Progress
    before: Before | None = None

    def learn_on(self, learned: Learned, split: Split) -> Learned:
        """Return ``learned``, which knows the training part of ``split``, with the held-back part learned as well.

        Rankers of the version before are kept, where they are young and good; the others keep their kind, and what was
        held back is one more window that they learn from, unless the history is large: then they stay as they were
        measured. ALS goes on from the factors of the version before, else from those that were measured.

        Args:
            learned: from the training part.
            split: of the whole history, or of a part of its users.
        """
        settings = self.settings
        with self.progress.step(COUNTING):
            counts = self.counted.result()
        if is_large(len(counts.interactions.users), settings):
            rankers = learned.rankers | self._kept(learned, lambda: self._newest(learned, split))
            model = self._fitted(counts, learned, thrifty(settings))
            return replace(learned, model=with_rankers(model, rankers), rankers=rankers)
        past = add_window(
            learned.past, learned.model, Window.of(split), settings, counts.interactions.catalogue
        )
        kept = self._kept(learned, lambda: {name: parts[0] for name, parts in past.items()})
        anew = {name: ranker for name, ranker in learned.rankers.items() if name not in kept}
        model, relearned = _beside(
            lambda: self._fitted(counts, learned, settings),
            lambda: relearn_rankers(anew, past, settings),
            self.progress,
        )
        rankers = kept | relearned
        return Learned(with_rankers(model, rankers), rankers, past, learned.alternatives)

    def _fitted(self, counts: Counts, learned: Learned, settings: TrainingSettings) -> Model:
        content = ItemContent.of(counts.interactions, counts.arrays, settings.threads)
        with self.progress.step(LIKENING):
            alike = content_arrays(content, counts.arrays["item_neighbours"], learned.alternatives.weights)
        start = learned.model if self.before is None else self.before.model
        return fit_model(counts, settings, self.progress, start=start, content=alike)

    def _kept(
        self, learned: Learned, newest: Callable[[], Mapping[str, Examples]]
    ) -> dict[str, FittedRanker]:
        if self.before is None or not self.before.rankers:
            return {}
        return self.before.kept(learned.rankers, newest())

    def _newest(self, learned: Learned, split: Split) -> Mapping[str, Examples]:
        sampling = Sampling(self.settings.compare_users, self.settings.seed, self.settings.negatives_share)
        return window_examples(learned.model, split.targets, sampling)


def next_night(before: Model, known: Interactions, settings: TrainingSettings) -> Model:
    """Return what follows ``before`` on a night on which rankers are kept, without what only ``similar`` needs."""
    model = fit_model(Counts.of(known, settings), settings, Silent(), start=before)
    return replace(model, ranker_all=before.ranker_all, ranker_new=before.ranker_new)


def _beside(
    fit: Callable[[], Fitted], learn_rankers: Callable[[], dict[str, FittedRanker]], progress: Progress
) -> tuple[Fitted, dict[str, FittedRanker]]:
    """Return what ``fit`` returns, and the rankers, which need nothing of it and are learned at the same time."""
    # Each sets for itself how many threads BLAS has; said once for both, it does not depend on who is first.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(1) as behind:
        learned = behind.submit(learn_rankers)
        model = fit()
        with progress.step("Learn rankers"):
            return model, learned.result()
