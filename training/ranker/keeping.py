"""The version before, from which the next one goes on: lists change with what is bought, and not by chance."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import PublishedModel
from recsvc.model.model import Model
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.appeal import AppealWeight
from recsvc.ranking.features import FEATURES
from recsvc.ranking.personal_places import PersonalPlaces
from training.fit.als_choice import ALS, AlsSettings
from training.ranker.choice import is_better, scores_of, user_quality
from training.ranker.examples import Examples
from training.ranker.fitted import FittedRanker
from training.ranker.rankers import AIMS
from training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Before:
    """The version before.

    Attributes:
        model: from whose factors ALS goes on.
        als: the settings of ALS that it was fitted with.
        rankers: those of its rankers that are young enough to be kept, by name.
    """

    model: Model
    als: AlsSettings
    rankers: Mapping[str, FittedRanker] = field(default_factory=dict)

    @classmethod
    def of(cls, live: PublishedModel, settings: TrainingSettings, now: datetime) -> "Before | None":
        """Return the ``live`` version; None where it was learned with other settings.

        Its rankers are kept for ``settings.ranker_days`` after they were learned.
        """
        if live.manifest.hyperparameters != settings.hyperparameters():
            return None
        texts = {"ranker_all": live.model.ranker_all, "ranker_new": live.model.ranker_new}
        rankers = {name: _ranker(texts[name], live.manifest.metrics.get(name)) for name in AIMS}
        youngest = now - timedelta(days=settings.ranker_days)
        return cls(
            live.model,
            AlsSettings.read(live.manifest.metrics.get(ALS)) or AlsSettings.of(settings),
            {
                name: ranker
                for name, ranker in rankers.items()
                if ranker is not None and ranker.since is not None and youngest < ranker.since <= now
            },
        )

    def knows_most_of(self, items: Vocabulary) -> bool:
        """Return whether it knows at least half of ``items``; one of a sample, or of another shop, does not."""
        return 2 * len(set(self.model.items.ids) & set(items.ids)) >= len(items)

    def kept(
        self, learned: Mapping[str, FittedRanker], newest: Mapping[str, Examples]
    ) -> dict[str, FittedRanker]:
        """Return those rankers that are not clearly worse than those ``learned`` without the ``newest`` window.

        They may have been learned from a part of it; that is why they are not kept for long.
        """
        return {
            name: ranker
            for name, ranker in self.rankers.items()
            if name in learned
            and name in newest
            and not is_better(_quality(learned[name], newest[name]), _quality(ranker, newest[name]))
        }


def since(rankers: Mapping[str, FittedRanker], now: datetime) -> dict[str, FittedRanker]:
    """Return ``rankers``, of which those that do not say when they were learned were learned ``now``."""
    return {name: replace(ranker, since=ranker.since or now) for name, ranker in rankers.items()}


def _quality(ranker: FittedRanker, examples: Examples) -> NDArray[np.float64]:
    return user_quality(scores_of(ranker, examples), examples)


def _ranker(text: str, said: object) -> FittedRanker | None:
    """Return a ranker of a version, of which its manifest says so much; None where another release wrote that."""
    names = f"\nfeature_names={' '.join(FEATURES)}\n"
    places, text = PersonalPlaces.parted(text)
    appeal, text = AppealWeight.parted(text)
    if not isinstance(said, dict) or not (text.startswith("{") or names in text):
        return None
    kind, n_places, moment = said.get("kind"), said.get("personal_places"), said.get("since")
    quality = said.get("validation")
    if not (
        isinstance(kind, str) and n_places == (0 if places is None else places.n) and isinstance(moment, str)
    ):
        return None
    if not isinstance(quality, dict):
        return None
    try:
        learned = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if learned.tzinfo is None or not all(isinstance(value, float) for value in quality.values()):
        return None
    return FittedRanker(text, kind, quality, learned, places, appeal)
