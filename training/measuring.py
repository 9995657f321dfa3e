"""Learns from all but the end of the history, and measures on the end, before anything goes live."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from pydantic import ValidationError

from recsvc.errors import TooLittleDataError
from recsvc.model.artifact import PublishedModel
from training.evaluation.baselines import PARTS
from training.evaluation.evaluate import EvaluationOptions, evaluate
from training.evaluation.evaluation import Evaluation
from training.fit.als_choice import AlsSettings
from training.history.catalogue import ShopCatalogue
from training.history.exposures import NO_EXPOSURES, Exposures
from training.history.interactions import Interactions
from training.history.sampling import part_of, shuffled
from training.history.split import OrderHistory, Split, SplitKind, split_orders
from training.learning import Given, Learned, learn
from training.progress import Progress
from training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Measured:
    """What was learned from the training part of a history, and how good it is on the rest.

    Attributes:
        split: the history in two parts; where it is large, a part of its users.
        known: the training part, in indices.
        learned: what was learned from the training part.
        evaluation: how good that is on the rest.
    """

    split: Split
    known: Interactions
    learned: Learned
    evaluation: Evaluation


def split_for_measuring(orders: OrderHistory, users: pl.Series, settings: TrainingSettings) -> Split | str:
    """Return the history in two parts, or a sentence that says why it is too short for that.

    A large history is cut down to a random part of its ``users``: at least ``settings.fit_users``, and as many as
    are needed for ``settings.gate_users`` test users.
    """
    order, n_users = shuffled(users, settings.seed), len(users)

    def part(n: int) -> OrderHistory:
        return orders if n >= n_users else part_of(orders, order[:n], n_users, settings.seed)

    return split_of_part(part, n_users, settings)


def split_of_part(
    part: Callable[[int], OrderHistory], n_users: int, settings: TrainingSettings, most: int | None = None
) -> Split | str:
    """Return the same.

    Args:
        part: returns the part of so many users, drawn at random; everything for ``n_users``.
        n_users: of the whole history.
        settings: how many users are enough.
        most: no larger part is asked for, even if it is not enough; None: everything may be.
    """
    n = settings.fit_users
    while n < n_users:
        split = _split(part(n), settings)
        is_last = most is not None and 2 * n > most
        if isinstance(split, Split) and (is_last or _is_enough(split, settings)):
            return replace(split, notes=(*split.notes, _sample_note(n, n_users)), drawn_from=n_users)
        if is_last:
            return split
        n *= 2
    return _split(part(n_users), settings)


def _split(orders: OrderHistory, settings: TrainingSettings) -> Split | str:
    try:
        return split_orders(orders, settings.window_days, settings.seed)
    except TooLittleDataError as error:
        return str(error)


def _is_enough(split: Split, settings: TrainingSettings) -> bool:
    # A note on another kind of split says that too few came back for one in time.
    as_wanted = split.kind is SplitKind.TIME or not split.notes
    return as_wanted and split.n_test_users >= settings.gate_users


def _sample_note(n: int, n_users: int) -> str:
    return (
        f"measured on what {n:,} of the {n_users:,} shoppers, drawn at random, teach; "
        "what goes live learns from all of them"
    )


@dataclass(frozen=True, eq=False)
class Measuring:
    """Learns from one part of a history and measures on the other.

    Attributes:
        split: the history in two parts; where it is large, a part of its users.
        known: the training part, in indices.
        settings: how to fit, and how many test users to take.
        progress: is told of each step.
        held: what settings of ALS the live version has; None without one.
        exposures: what lists showed, and what was clicked; what is later than the cut is not looked at.
    """

    split: Split
    known: Interactions
    settings: TrainingSettings
    progress: Progress
    held: AlsSettings | None = None
    exposures: Exposures = NO_EXPOSURES

    @classmethod
    def of(
        cls,
        split: Split,
        settings: TrainingSettings,
        progress: Progress,
        catalogue: ShopCatalogue,
        held: AlsSettings | None = None,
    ) -> "Measuring":
        """Index the training part; ``catalogue`` is what the shop says of its items."""
        known = Interactions.of(split.train_lines, split.train_guest_lines, catalogue)
        return cls(split, known, settings, progress, held)

    def learned(self, settings: TrainingSettings | None = None) -> Learned:
        """Learn from the training part, with other ``settings`` where they are given."""
        return learn(
            self.split.training_part,
            self.known,
            settings or self.settings,
            self.progress,
            given_of(self.split, self.exposures, self.held),
        )

    def measured(self, learned: Learned, live: PublishedModel | None) -> Measured:
        """Measure what was ``learned`` on the other part.

        Args:
            learned: what was learned from the training part.
            live: what shoppers see. Where its settings were others, what these settings learn from the same part is
                measured too; the live model itself already knows the answers.
        """
        settings = self.settings
        rival = None if live is None else other_settings(settings, live.manifest.hyperparameters, self.held)
        options = EvaluationOptions(
            baselines=PARTS,
            max_users=settings.gate_users,
            seed=settings.seed,
            threads=settings.threads,
            own_parts=True,
            live_settings=None if rival is None else self.learned(rival).model,
        )
        evaluation = evaluate(learned.model, self.known, self.split, options, self.progress)
        return Measured(self.split, self.known, learned, evaluation)


UNTIMED = "items shown, for without a cut in time some of it would be later than what is measured"


def given_of(split: Split, exposures: Exposures, held: AlsSettings | None = None) -> Given:
    """Return what is known beside the training part of ``split``; no exposures where it has no cut in time."""
    known = exposures.left_out(UNTIMED) if split.cut is None else exposures.before(split.cut)
    return Given(split.drawn_from, held, known)


def other_settings(
    settings: TrainingSettings, hyperparameters: Mapping[str, Any], held: AlsSettings | None = None
) -> TrainingSettings | None:
    """Return ``settings`` with those ``hyperparameters`` that this release knows; None when nothing differs.

    Where something differs, ALS has the settings that were ``held``, and nothing of it is chosen again.

    The seed stays: which of two seeds is luckier on one window says nothing of the settings.
    """
    names = set(settings.hyperparameters()) - {"seed"}
    known = {name: value for name, value in hyperparameters.items() if name in names}
    try:
        rival = TrainingSettings.model_validate({**settings.model_dump(), **known})
    except ValidationError:
        return None
    if rival == settings:
        return None
    return rival if held is None else held.within(rival)
