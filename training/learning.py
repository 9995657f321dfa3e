"""Everything a version holds, rankers included, learned from one history; and learned on from there."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.model.vocabulary import ItemVocabulary
from training.audience.learning import learn_likelihood
from training.fit.als_choice import AlsSettings, ChosenAls, als_trials, choose_als
from training.fit.alternative_choice import ChosenAlternatives, choose_weights
from training.fit.alternatives import AlternativeWeights, content_arrays
from training.fit.counts import Counts
from training.fit.item_content import ItemContent
from training.fit.model import fit_model
from training.history.catalogue import ShopCatalogue
from training.history.exposures import NO_EXPOSURES, Exposures
from training.history.interactions import Interactions
from training.history.sampling import is_large, thrifty
from training.history.split import OrderHistory, Split
from training.history.windows import Window
from training.moments.learning import with_moments
from training.progress import Progress, Silent
from training.ranker.clicks import ChosenClicks, appeal_of
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

CHOOSING = "Choose the settings of ALS"
COUNTING = "Fit co-purchase neighbours"
LIKENING = "Find alternatives and variants"
TIMING = "Learn when shoppers order"

Fitted = TypeVar("Fitted")


@dataclass(frozen=True, eq=False)
class Learned:
    """A model, and what it takes to learn on.

    Attributes:
        model: with its rankers.
        rankers: how each was chosen.
        past: the examples that they were learned from.
        alternatives: how those of ``similar`` were chosen.
        als: how the settings of ALS were chosen.
        clicks: what became of what lists showed and what was clicked.
    """

    model: Model
    rankers: dict[str, FittedRanker]
    past: Past
    alternatives: ChosenAlternatives
    als: ChosenAls
    clicks: ChosenClicks = field(default_factory=ChosenClicks)


@dataclass(frozen=True, eq=False)
class Given:
    """What is known beside the history.

    Attributes:
        drawn_from: number of users of whom those in the history were drawn; None where they are all.
        held: what settings of ALS the live version has; they stay unless others are clearly better.
        exposures: what lists showed, and what was clicked, before the end of the history.
    """

    drawn_from: int | None = None
    held: AlsSettings | None = None
    exposures: Exposures = NO_EXPOSURES


NOTHING_GIVEN = Given()


def learn(
    orders: OrderHistory,
    known: Interactions,
    settings: TrainingSettings,
    progress: Progress,
    given: Given = NOTHING_GIVEN,
) -> Learned:
    """Learn from order lines; ALS goes on from what was known at the newest past moment.

    The settings of ALS that nobody set by hand are chosen first, and hold for all that is fitted here.

    Args:
        orders: what to learn from.
        known: the same, in indices.
        settings: how to fit. Of a large history (``training.large``) the rankers learn from a part.
        progress: told of each step.
        given: what is known beside the history.
    """
    large = is_large(given.drawn_from or len(known.users), settings)
    if large:
        settings = thrifty(settings)
    with progress.step(CHOOSING, len(als_trials(settings, given.held))) as tried:
        als = choose_als(orders, settings, given.held, known.catalogue, tried)
    settings = als.settings.within(settings)
    past, newest, moment = look_back(orders, settings, progress, known.catalogue, given.exposures)

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
    clicks = ChosenClicks.of(given.exposures, moment, rankers)
    model = _with_appeal(with_rankers(model, rankers), rankers, given.exposures)
    with progress.step(TIMING):
        model = with_moments(model, known, settings.seed)
    model = replace(model, audience="" if newest is None else newest.audience)
    return Learned(model, rankers, past, chosen, als, clicks)


def _with_appeal(model: Model, rankers: Mapping[str, FittedRanker], exposures: Exposures) -> Model:
    """Return ``model`` with what clicks say of its items, where a ranker asks for that."""
    if all(ranker.appeal is None for ranker in rankers.values()):
        return model
    return replace(model, item_appeal=appeal_of(exposures, model.items))


class Whole(Protocol):
    """The whole history, wherever it is, as far as the last fit asks for it."""

    @property
    def n_users(self) -> int:
        """Number of its users."""

    @property
    def items(self) -> ItemVocabulary:
        """The ids of its items."""

    @property
    def catalogue(self) -> ShopCatalogue:
        """What the shop says of its items."""

    def fitted(
        self, settings: TrainingSettings, progress: Progress, start: Model, weights: AlternativeWeights
    ) -> Model:
        """Return everything but the rankers.

        Args:
            settings: how to fit.
            progress: told of each step.
            start: whose factors ALS may go on from.
            weights: what makes an alternative.
        """


@dataclass(frozen=True, eq=False)
class CountedWhole:
    """A whole history in this process, which is counted meanwhile."""

    counted: Future[Counts]

    @property
    def n_users(self) -> int:
        """Number of its users."""
        return len(self.counted.result().interactions.users)

    @property
    def items(self) -> ItemVocabulary:
        """The ids of its items."""
        return self.counted.result().interactions.items

    @property
    def catalogue(self) -> ShopCatalogue:
        """What the shop says of its items."""
        return self.counted.result().interactions.catalogue

    def fitted(
        self, settings: TrainingSettings, progress: Progress, start: Model, weights: AlternativeWeights
    ) -> Model:
        """Return everything but the rankers; see ``Whole``."""
        counts = self.counted.result().weighed(settings)
        content = ItemContent.of(counts.interactions, counts.arrays, settings.threads)
        with progress.step(LIKENING):
            alike = content_arrays(content, counts.arrays["item_neighbours"], weights)
        model = fit_model(counts, settings, progress, start=start, content=alike)
        with progress.step(TIMING):
            return with_moments(model, counts.interactions, settings.seed)


@dataclass(frozen=True, eq=False)
class LastFit:
    """Learns what goes live, from the whole history.

    Attributes:
        whole: the whole history.
        settings: those of what was measured.
        progress: told of each step.
        before: the version that shoppers see, to go on from; None without one.
        exposures: what lists showed, and what was clicked.
    """

    whole: Whole
    settings: TrainingSettings
    progress: Progress
    before: Before | None = None
    exposures: Exposures = NO_EXPOSURES

    def learn_on(self, learned: Learned, split: Split) -> Learned:
        """Return ``learned``, which knows the training part of ``split``, with the held-back part learned as well.

        Rankers of the version before are kept, where they are young and good; the others keep their kind, and what was
        held back is one more window that they learn from, unless the history is large: then they stay as they were
        measured. ALS goes on from the factors of the version before, where it knows most of the items, else from those
        that were measured: few iterations do not make good factors of random ones.

        Args:
            learned: from the training part.
            split: of the whole history, or of a part of its users.
        """
        settings = learned.als.settings.within(self.settings)
        with self.progress.step(COUNTING):
            large = is_large(self.whole.n_users, settings)
        if large:
            rankers = learned.rankers | self._kept(learned, lambda: self._newest(learned, split))
            model = with_rankers(self._fitted(learned, thrifty(settings)), rankers)
            model = replace(
                _with_appeal(model, rankers, self.exposures), audience=self._audience(learned, split)
            )
            return replace(learned, model=model, rankers=rankers)
        past = add_window(learned.past, learned.model, Window.of(split), settings, self.whole.catalogue)
        kept = self._kept(learned, lambda: {name: parts[0] for name, parts in past.items()})
        anew = {name: ranker for name, ranker in learned.rankers.items() if name not in kept}
        model, relearned = _beside(
            lambda: self._fitted(learned, settings),
            lambda: relearn_rankers(anew, past, settings),
            self.progress,
        )
        rankers = kept | relearned
        model = _with_appeal(with_rankers(model, rankers), rankers, self.exposures)
        model = replace(model, audience=self._audience(learned, split))
        return replace(learned, model=model, rankers=rankers, past=past)

    def _audience(self, learned: Learned, split: Split) -> str:
        """Return what the held-back part says of audiences; what was measured where it says too little."""
        newest = Window.of(split)
        said = learn_likelihood(
            learned.model, newest.next, newest.days, self.whole.catalogue, self.settings.seed
        )
        return said or learned.model.audience

    def _fitted(self, learned: Learned, settings: TrainingSettings) -> Model:
        before, start = self._before(learned), learned.model
        if before is not None and before.knows_most_of(self.whole.items):
            start = before.model
        return self.whole.fitted(settings, self.progress, start, learned.alternatives.weights)

    def _before(self, learned: Learned) -> Before | None:
        """Return what to go on from: nothing of factors of another width, and of confidence on another scale."""
        if self.before is None or self.before.als != learned.als.settings:
            return None
        return self.before

    def _kept(
        self, learned: Learned, newest: Callable[[], Mapping[str, Examples]]
    ) -> dict[str, FittedRanker]:
        before = self._before(learned)
        if before is None or not before.rankers:
            return {}
        return before.kept(learned.rankers, newest())

    def _newest(self, learned: Learned, split: Split) -> Mapping[str, Examples]:
        sampling = Sampling(self.settings.compare_users, self.settings.seed, self.settings.negatives_share)
        return window_examples(learned.model, split.targets, sampling)


def next_night(before: Model, known: Interactions, settings: TrainingSettings) -> Model:
    """Return what follows ``before`` on a night on which rankers are kept, without what only ``similar`` needs."""
    model = fit_model(Counts.of(known, settings), settings, Silent(), start=before)
    return replace(
        model,
        ranker_all=before.ranker_all,
        ranker_new=before.ranker_new,
        item_appeal=_appeal_of(before, model),
        audience=before.audience,
    )


def _appeal_of(before: Model, model: Model) -> NDArray[np.float32] | None:
    """Return what ``before`` knows of the appeal of the items of ``model``; None where it knows nothing."""
    if before.item_appeal is None:
        return None
    places = [before.items.index_of(item_id) for item_id in model.items.ids]
    return np.asarray(
        [0 if place is None else before.item_appeal[place] for place in places], dtype=np.float32
    )


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
