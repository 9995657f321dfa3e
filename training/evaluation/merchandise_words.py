"""What a merchandiser checks, in sentences for the terminal and the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.evaluation import audience_check, cold_start_check
from training.evaluation.evaluation import Evaluation
from training.evaluation.merchandise import Completion, Merchandise, Personal
from training.evaluation.reason_check import ReasonCheck


@dataclass(frozen=True)
class Row:
    """One thing that was looked at: what, in a word or two, and what was found."""

    name: str
    sentence: str


def rows_of(evaluation: Evaluation) -> list[Row]:
    """Return a row for each thing that was looked at, also where it could not be measured; none where none was."""
    found = evaluation.merchandise
    if found is None:
        return []
    return [
        Row("alternatives", _alternatives(found)),
        Row("complements", _completion(found.completion)),
        Row("reasons", _reasons(found)),
        Row("personal", _personal(found)),
        Row("variants", _variants(found)),
        Row("steady", _steady(evaluation, found)),
        Row("new items", cold_start_check.in_words(found.cold_start)),
        Row("audiences", audience_check.in_words(found.audiences)),
    ]


def _alternatives(found: Merchandise) -> str:
    shares = [
        f"{one.share:.2f} of {one.possible:.2f} ({one.band}{' by sales' if place == 0 else ''})"
        for place, one in enumerate(found.alternatives)
        if one.share is not None
    ]
    if not shares:
        return "Without categories nobody can count which of similar are of the item's own kind."
    return (
        "Of the first ten of similar, so many are of the item's own narrowest category, of those that could be: "
        f"{', '.join(shares)}."
    )


def _completion(done: Completion | None) -> str:
    if done is None:
        return (
            "No order of two known items or more was held back, so that bought_together has none to complete."
        )
    return (
        f"The first ten of bought_together hold the item taken out of {done.hit_rate:.1%} of {done.orders:,} orders; a "
        f"list has {done.mean_length:.1f} items, and {done.empty_share:.0%} are empty."
    )


def _reasons(found: Merchandise) -> str:
    said = [_held(name, check) for name, check in found.reasons.items() if check.named]
    if not said:
        return "No reason names a purchase, so that none could be put to the test."
    return f"Items that fall when the purchases that their reason names are taken away: {'; '.join(said)}."


def _held(name: str, check: ReasonCheck) -> str:
    return f"{name} {check.held:,} of {check.named:,} ({check.popular:,} of {check.items:,} items are called popular)"


def _personal(found: Merchandise) -> str:
    said = [f"{name} {_different(one)}" for name, one in found.personal.items()]
    return f"Different items in the first ten: {'; '.join(said)}." if said else "No lists were compared."


def _different(one: Personal) -> str:
    same = "no two alike" if one.identical < 2 else f"{one.identical:,} the same"
    empty = f", {one.empty:,} empty" if one.empty else ""
    return f"{one.distinct:,} in {one.lists:,} lists, {same}{empty}"


def _variants(found: Merchandise) -> str:
    if not found.variants:
        return "No lists were looked at."
    return f"Lists with two variants of one product: {_shares(found.variants)}."


def _steady(evaluation: Evaluation, found: Merchandise) -> str:
    churn = {
        question.placement.value: result.churn_at_10.mean
        for question, result in evaluation.questions.items()
        if result.churn_at_10 is not None
    }
    if churn:
        return f"Of the first ten, so many differ from those that the live version shows: {_shares(churn)}."
    if found.steady is None:
        return "There are no lists of an earlier moment to compare with."
    return (
        f"One more day of orders, {found.steady.lines_share:.1%} of the lines, changes so many of the first ten: "
        f"{_shares(found.steady.changed)}."
    )


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
