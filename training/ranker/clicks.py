"""Whether rankers learn from clicks: when there are enough, what they then add, and how a run says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.vocabulary import ItemVocabulary
from training.fit.appeal import LOOK_BACK_DAYS, item_appeal
from training.history.exposures import NO_EXPOSURES, Exposures
from training.ranker.click_choice import Candidates, choices_of
from training.ranker.examples import Examples
from training.ranker.fitted import FittedRanker

MIN_CLICKS = 2000
"""In made-up shops of 240 items a third of that helped already (``benchmarks/README.md``); the rest is a margin for
shops whose clicks are spread over thousands."""

MIN_SHOPPERS = 200
"""At least so many shoppers have to have clicked: a few are no sample of the shop."""

LISTS = {"ranker_all": "lists that may hold repeats", "ranker_new": "lists of what is new to the shopper"}


@dataclass(frozen=True)
class Enough:
    """How much there was to learn from at a moment.

    Attributes:
        clicks, shown: of items in lists, each list once a shopper.
        shoppers: of whom any clicked.
        missing: what is missing, in words; empty where nothing is.
    """

    clicks: int
    shown: int
    shoppers: int
    missing: str

    @classmethod
    def of(cls, exposures: Exposures, until: int | None = None) -> "Enough":
        """Look at what was known ``until`` then, in unix seconds; None: everything."""
        known = (exposures if until is None else exposures.before(until)).newest(LOOK_BACK_DAYS)
        clicks, shoppers = known.n_clicks, len(known.first_clicks)
        missing = ""
        if clicks < MIN_CLICKS:
            missing = f"{clicks:,} clicks{_before(until)}, needs {MIN_CLICKS:,}"
        elif shoppers < MIN_SHOPPERS:
            missing = f"clicks of {shoppers:,} shoppers{_before(until)}, needs those of {MIN_SHOPPERS:,}"
        return cls(clicks, known.n_shown, shoppers, missing)


def appeal_of(exposures: Exposures, items: ItemVocabulary) -> NDArray[np.float32] | None:
    """Return ``Model.item_appeal`` of the ``items`` of a model; None where there is too little to learn it from."""
    if exposures is NO_EXPOSURES or Enough.of(exposures).missing:
        return None
    return item_appeal(exposures, items)


def decided_by(
    past: Mapping[str, Examples], model: Model, exposures: Exposures, moment: int
) -> dict[str, Examples]:
    """Return the examples of a window that begins at ``moment``, in unix seconds, with what was clicked in it."""
    found = {}
    for name, examples in past.items():
        if examples.users is None or examples.appeal is None:
            found[name] = examples
            continue
        candidates = Candidates(examples.users, examples.groups, examples.items)
        found[name] = replace(examples, choices=choices_of(exposures, model, candidates, moment))
    return found


@dataclass(frozen=True)
class ChosenClicks:
    """What became of what lists showed and what was clicked.

    Attributes:
        sentence: what a reader of the report is told; empty where there was nothing to learn from.
        is_on: whether a ranker adds the appeal of items.
        figures: for the manifest.
    """

    sentence: str = ""
    is_on: bool = False
    figures: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, exposures: Exposures, moment: int | None, rankers: Mapping[str, FittedRanker]
    ) -> "ChosenClicks":
        """Say what became of ``exposures``.

        Args:
            exposures: of all time.
            moment: the beginning of the window that decided, in unix seconds; None where there was none.
            rankers: what was chosen.
        """
        if exposures.counts.is_empty() and not exposures.unused:
            return cls()
        enough = Enough.of(exposures, moment)
        figures = {
            "clicks": enough.clicks,
            "shown": enough.shown,
            "shoppers": enough.shoppers,
            "unused": dict(exposures.unused),
        }
        on = {name: one for name, one in rankers.items() if one.appeal is not None}
        if on:
            lists = " and ".join(f"{LISTS[name]} ({_ahead(one)})" for name, one in on.items())
            sentence = (
                f"Learning from clicks is on for {lists}: {enough.clicks:,} clicks of {enough.shoppers:,} shoppers on "
                f"{enough.shown:,} items shown{_before(moment)} say which items are liked where they are seen."
            )
            return cls(sentence + _unused(exposures), is_on=True, figures=figures | {"on": sorted(on)})
        sentence = f"Learning from clicks is off: {_why_off(exposures, moment, enough, rankers)}."
        return cls(sentence + _unused(exposures), figures=figures | {"on": []})


def _why_off(
    exposures: Exposures, moment: int | None, enough: Enough, rankers: Mapping[str, FittedRanker]
) -> str:
    ever = Enough.of(exposures)
    if ever.missing:
        return ever.missing
    if moment is None:
        return "no window of the past can decide, for the orders have no dates or are too few"
    if enough.missing:
        return f"{enough.missing}; later ones count once the window that decides begins after them"
    tried = {name: one for name, one in rankers.items() if one.trial is not None}
    if not tried:
        return "items differ in how often they are clicked by no more than chance, or too little was bought"
    if any(one.trial is not None and one.trial.loses for one in tried.values()):
        return "lists that follow clicks would lose too much of what is bought"
    lists = "; ".join(f"{LISTS[name]}: {_ahead(one)}" for name, one in tried.items())
    return f"what was liked before did not say, beyond chance, what was clicked afterwards ({lists})"


def _ahead(ranker: FittedRanker) -> str:
    trial = ranker.trial
    if trial is None:
        return "as before"
    if trial.adds is None:
        return f"only {trial.clicks:,} clicks to decide by"
    low, times, high = (2 ** (trial.adds + errors * trial.error) for errors in (-2, 0, 2))
    falls = "; but too much of what was bought fell behind" if trial.loses else ""
    return (
        f"what was liked twice as much before was clicked {times:.1f} times as often afterwards, "
        f"{low:.1f} to {high:.1f}, by {trial.clicks:,} clicks{falls}"
    )


def _unused(exposures: Exposures) -> str:
    if not exposures.unused:
        return ""
    return " Not used: " + "; ".join(f"{n:,} {reason}" for reason, n in exposures.unused.items()) + "."


def _before(until: int | None) -> str:
    return "" if until is None else f" before {datetime.fromtimestamp(until, UTC):%Y-%m-%d}"
