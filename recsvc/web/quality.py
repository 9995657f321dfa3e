"""What a manifest says of a version, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recsvc.model.artifact import Manifest
from recsvc.serving.compared_versions import OURS, QUESTIONS, Share, share_of, table_of
from recsvc.web.words import percent

SIMPLE = {
    "popular": "bestsellers",
    "popular_recent": "last month's bestsellers",
    "own_frequency": "each shopper's own favourites",
    "item_item": "what is bought beside it",
    "als": "ALS alone",
    "als_decayed": "ALS alone, newer orders counting more",
}
"""The simple answers that a version is compared with, in words."""


@dataclass(frozen=True)
class Measured:
    """What came of one question: how much of it the version foresaw, and how the best simple answer did.

    Attributes:
        question: in words.
        ours: share of what shoppers bought that was among the first 20 suggestions.
        best, best_name: the same of the simple answer that did best; None where there is none.
    """

    question: str
    ours: Share
    best: Share | None
    best_name: str


@dataclass(frozen=True)
class CheckMade:
    """One thing that the gate looked at: ``passed``, ``failed`` or ``does_not_apply``."""

    name: str
    state: str
    sentence: str


@dataclass(frozen=True)
class Gate:
    """The verdict of the gate.

    Attributes:
        words: in a sentence.
        checks: all that was looked at; failed ones first.
        is_good: whether the version went live because of it, not in spite of it.
    """

    words: str
    checks: tuple[CheckMade, ...]
    is_good: bool

    def of(self, state: str) -> list[CheckMade]:
        """Return the checks of that state."""
        return [check for check in self.checks if check.state == state]


NO_GATE = Gate("The gate did not look at it: it was not made by a training run.", (), False)


def gate_of(manifest: Manifest) -> Gate:
    """Return what the gate said; a manifest is foreign, and what makes no sense in it is left out."""
    said = table_of(manifest.metrics.get("gate"))
    if not said:
        return NO_GATE
    checks = tuple(
        sorted(map(_check, _tables(said.get("checks"))), key=lambda check: check.state != "failed")
    )
    n_failed = sum(check.state == "failed" for check in checks)
    n_made = sum(check.state != "does_not_apply" for check in checks)
    if said.get("forced") and n_failed:
        return Gate(f"It went live by order, although {n_failed} of {n_made} checks failed.", checks, False)
    if n_failed or not said.get("accepted"):
        return Gate(f"The gate refused it: {n_failed} of {n_made} checks failed.", checks, False)
    return Gate(f"The gate let it through: all {n_made} checks passed.", checks, True)


def measured_of(manifest: Manifest) -> list[Measured]:
    """Return what was measured on held-back orders, one question after the other."""
    questions = table_of(table_of(manifest.metrics.get("evaluation")).get("questions"))
    found = []
    for name, words in QUESTIONS.items():
        rankers = table_of(table_of(questions.get(name)).get("rankers"))
        shares = {ranker: share_of(table_of(said).get("recall_at_20")) for ranker, said in rankers.items()}
        ours = shares.pop(OURS, None)
        others = {ranker: share for ranker, share in shares.items() if share is not None}
        if ours is not None:
            best = max(others, key=lambda ranker: others[ranker].mean, default=None)
            name_of_best = SIMPLE.get(best or "", (best or "").replace("_", " "))
            found.append(Measured(words, ours, others.get(best or ""), name_of_best))
    return found


def in_words(measured: Measured) -> str:
    """Return a measurement in a sentence."""
    share = f"Of {measured.question}, {percent(measured.ours.mean, 0)} was among its first 20 suggestions"
    if measured.best is None:
        return f"{share}."
    return f"{share}; the best simple answer ({measured.best_name}) foresaw {percent(measured.best.mean, 0)}."


def _check(said: Mapping[str, Any]) -> CheckMade:
    state = said.get("state")
    if state not in ("passed", "failed", "does_not_apply"):
        state = "passed" if said.get("passed") else "failed"
    return CheckMade(str(said.get("name", "")), state, str(said.get("sentence", "")))


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
