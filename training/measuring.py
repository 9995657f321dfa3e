"""Before anything goes live: learn from all but the end of the history, and measure on that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from recsvc.errors import TooLittleDataError
from recsvc.model.artifact import PublishedModel
from training.evaluation.baselines import PARTS
from training.evaluation.evaluate import EvaluationOptions, evaluate
from training.evaluation.evaluation import Evaluation
from training.evaluation.split import OrderHistory, Split, split_orders
from training.interactions import Interactions
from training.learning import Learned, learn
from training.progress import Progress
from training.settings import TrainingSettings
from training.sources.catalogue import NO_CATALOGUE, ShopCatalogue


@dataclass(frozen=True, eq=False)
class Measured:
    """What was learned from the training part of a history, and how good it is on the rest.

    Attributes:
        split: of the whole history.
        known: its training part.
        learned: from that.
        evaluation: on the rest.
    """

    split: Split
    known: Interactions
    learned: Learned
    evaluation: Evaluation


def split_for_measuring(orders: OrderHistory, settings: TrainingSettings) -> Split | str:
    """Return the history in two parts, or in a sentence why it is too short for that."""
    try:
        return split_orders(orders, settings.window_days, settings.seed)
    except TooLittleDataError as error:
        return str(error)


def measure(
    split: Split,
    settings: TrainingSettings,
    progress: Progress,
    live: PublishedModel | None = None,
    catalogue: ShopCatalogue = NO_CATALOGUE,
) -> Measured:
    """Learn from the training part of ``split`` and ask about the other.

    Args:
        split: of the whole history.
        settings: how to fit, and how many to ask.
        progress: told of each step.
        live: what shoppers see, to count by how much the lists change. Where its settings were others, what they
            learn from the same part is asked as well: the live model itself already knows the answers.
        catalogue: what the shop says of its items.
    """
    known = Interactions.of(split.train_lines, split.train_guest_lines, catalogue)
    learned = learn(split.train_lines, split.train_guest_lines, known, settings, progress)
    options = EvaluationOptions(
        baselines=PARTS,
        max_users=settings.gate_users,
        seed=settings.seed,
        threads=settings.threads,
        own_parts=True,
        live=None if live is None else live.model,
    )
    rival = None if live is None else other_settings(settings, live.manifest.hyperparameters)
    if rival is not None:
        model = learn(split.train_lines, split.train_guest_lines, known, rival, progress).model
        options = replace(options, live_settings=model)
    return Measured(split, known, learned, evaluate(learned.model, known, split, options, progress))


def other_settings(settings: TrainingSettings, hyperparameters: Mapping[str, Any]) -> TrainingSettings | None:
    """Return ``settings`` with those ``hyperparameters`` that this release knows; None when nothing differs."""
    known = {name: value for name, value in hyperparameters.items() if name in settings.hyperparameters()}
    try:
        rival = TrainingSettings.model_validate({**settings.model_dump(), **known})
    except ValidationError:
        return None
    return None if rival == settings else rival
