"""Everything a version holds, rankers included, learned from one history; and learned on from there."""

from dataclasses import dataclass

import polars as pl

from recsvc.model.model import Model
from training.evaluation.split import Split
from training.fit_ranker import FittedRanker
from training.interactions import Interactions
from training.model_fit import fit_model
from training.progress import Progress
from training.rankers import Past, add_window, choose_rankers, look_back, relearn_rankers, with_rankers
from training.settings import TrainingSettings
from training.windows import Window


@dataclass(frozen=True, eq=False)
class Learned:
    """A model, and what it takes to learn on.

    Attributes:
        model: with its rankers.
        rankers: how each was chosen.
        past: the examples that they were learned from.
    """

    model: Model
    rankers: dict[str, FittedRanker]
    past: Past


def learn(
    lines: pl.DataFrame,
    guest_lines: pl.DataFrame,
    known: Interactions,
    settings: TrainingSettings,
    progress: Progress,
) -> Learned:
    """Learn from order lines, and from ``known``, the same in indices; ALS goes on from the newest past moment."""
    past, newest = look_back(lines, guest_lines, settings, progress, known.catalogue)
    rankers = choose_rankers(past, settings, progress)
    model = fit_model(known, settings, progress, start=newest)
    return Learned(with_rankers(model, rankers), rankers, past)


def learn_on(
    learned: Learned, split: Split, known: Interactions, settings: TrainingSettings, progress: Progress
) -> Learned:
    """Return ``learned``, which knows the training part of ``split``, with the held-back part learned as well.

    The rankers keep their kind; what was held back is one more window that they learn from, and ALS goes on
    from the factors that it has.

    Args:
        learned: from the training part.
        split: of the whole history.
        known: the whole history.
        settings: those of ``learned``.
        progress: told of each step.
    """
    past = add_window(learned.past, learned.model, Window.of(split), settings)
    rankers = relearn_rankers(learned.rankers, past, settings, progress)
    model = fit_model(known, settings, progress, start=learned.model)
    return Learned(with_rankers(model, rankers), rankers, past)
