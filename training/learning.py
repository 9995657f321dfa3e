"""Everything a version holds, rankers included, learned from one history; and learned on from there."""

from collections.abc import Callable
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
from training.progress import Progress
from training.ranker.choice import FittedRanker
from training.ranker.rankers import Past, add_window, choose_rankers, look_back, relearn_rankers, with_rankers
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


def learn_on(
    learned: Learned,
    split: Split,
    counted: Future[Counts],
    settings: TrainingSettings,
    progress: Progress,
) -> Learned:
    """Return ``learned``, which knows the training part of ``split``, with the held-back part learned as well.

    The rankers keep their kind; what was held back is one more window that they learn from, unless the history is
    large: then they stay as they were measured. ALS goes on from the factors that it has.

    Args:
        learned: from the training part.
        split: of the whole history, or of a part of its users.
        counted: what is counted of the whole history.
        settings: those of ``learned``.
        progress: told of each step.
    """
    with progress.step(COUNTING):
        counts = counted.result()

    def fitted(settings: TrainingSettings) -> Model:
        content = ItemContent.of(counts.interactions, counts.arrays, settings.threads)
        with progress.step(LIKENING):
            alike = content_arrays(content, counts.arrays["item_neighbours"], learned.alternatives.weights)
        return fit_model(counts, settings, progress, start=learned.model, content=alike)

    if is_large(len(counts.interactions.users), settings):
        return replace(learned, model=with_rankers(fitted(thrifty(settings)), learned.rankers))
    catalogue = counts.interactions.catalogue
    past = add_window(learned.past, learned.model, Window.of(split), settings, catalogue)
    model, rankers = _beside(
        lambda: fitted(settings),
        lambda: relearn_rankers(learned.rankers, past, settings),
        progress,
    )
    return Learned(with_rankers(model, rankers), rankers, past, learned.alternatives)


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
