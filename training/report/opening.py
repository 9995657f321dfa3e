"""What was measured, in a sentence or two for people; methods and tables come later."""

from collections.abc import Iterable
from dataclasses import dataclass

from training.evaluation.baselines import Baseline
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import LIVE, RECSVC, Evaluation, QuestionResult, label_of
from training.evaluation.metrics import HIT_RATE_AT_10
from training.evaluation.task import Question
from training.gate import Check
from training.history.split import SplitKind

FEW_ITEMS = 10
"""Ten suggestions hold all items of such a shop."""

FEWEST_FOR_RATES = 100
"""Of fewer shoppers each one is counted."""


def opening_of(evaluation: Evaluation | None, not_measured: str | None) -> tuple[str, ...]:
    """Return how many shoppers found something, beside the bestsellers, or why that is not known."""
    if evaluation is None:
        why = "" if not_measured is None else f": {not_measured.rstrip('.')}"
        return (f"How good the lists are could not be measured{why}.",)
    if evaluation.data.train_items == 1:
        return ("The shop sells a single item, which every list holds: there is nothing to choose from.",)
    if evaluation.data.train_items <= FEW_ITEMS:
        n = evaluation.data.train_items
        return (
            f"The shop sells {n} items, and ten suggestions hold all of them: there is nothing to measure.",
        )
    return tuple(_sentence(result, evaluation.data.kind) for result in evaluation.questions.values())


def unsaid(sentences: Iterable[str], checks: Iterable[Check]) -> list[str]:
    """Return the ``sentences`` with which none of the ``checks`` that stand beside them begins."""
    said = [check.sentence for check in checks]
    return [sentence for sentence in sentences if not any(one.startswith(sentence) for one in said)]


def _sentence(result: QuestionResult, kind: SplitKind) -> str:
    counted = _Counted(result.n_users)
    found = counted.of(result.rankers[RECSVC].means[HIT_RATE_AT_10].mean)
    bestsellers = Baseline.POPULAR_RECENT if kind is SplitKind.TIME else Baseline.POPULAR
    said = [
        _FOUND[result.question, kind is SplitKind.TIME].format(found=found, hidden=kind.value)
        + _bestsellers(result, bestsellers, counted)
    ]
    better = _better(result, bestsellers)
    if better is not None:
        theirs = counted.number(result.rankers[better].means[HIT_RATE_AT_10].mean)
        said.append(f"A simple answer does better: {_WORDS.get(better, label_of(better))}, {theirs}.")
    return " ".join(said)


_FOUND = {
    (Question.ALL, True): "{found} returning shoppers found something they then bought among ten suggestions",
    (Question.ALL, False): (
        "A fifth of each shopper's {hidden} was hidden: {found} shoppers found something of it among ten suggestions"
    ),
    (Question.NEW, True): (
        "Of those who then bought something for the first time, {found} found such an item among ten suggestions of "
        "discover"
    ),
    (Question.NEW, False): (
        "Of those from whom an item was hidden entirely, {found} found such an item among ten suggestions of discover"
    ),
}
"""By question, and whether the end of the history was held back."""


_WORDS: dict[str, str] = {
    Baseline.POPULAR: "the bestsellers of all time",
    Baseline.OWN_FREQUENCY: "what each shopper bought most often",
    Baseline.ITEM_ITEM: "what the same shoppers bought",
}
"""What people call a baseline; the others have no plainer name than their label."""


def _bestsellers(result: QuestionResult, bestsellers: Baseline, counted: "_Counted") -> str:
    if bestsellers not in result.rankers:
        return "."
    theirs = result.rankers[bestsellers]
    name = "last month's bestsellers" if bestsellers is Baseline.POPULAR_RECENT else "the bestsellers"
    number = counted.number(theirs.means[HIT_RATE_AT_10].mean)
    if number == counted.number(result.rankers[RECSVC].means[HIT_RATE_AT_10].mean):
        return f"; with {name} as many did."
    difference = theirs.difference[HIT_RATE_AT_10]
    if difference.high < 0:
        return f"; {name} do better: {number}."
    return (
        f"; {name}: {number}."
        if difference.low > 0
        else f"; {name}: {number}, a difference that may be chance."
    )


def _better(result: QuestionResult, bestsellers: Baseline) -> str | None:
    """Return the baseline with the most hits of those beside ``bestsellers`` that are ahead beyond chance."""
    ahead: dict[str, Estimate] = {
        name: ranker.means[HIT_RATE_AT_10]
        for name, ranker in result.rankers.items()
        if name not in (RECSVC, LIVE, bestsellers) and ranker.difference[HIT_RATE_AT_10].high < 0
    }
    return max(ahead, key=lambda name: ahead[name].mean, default=None)


@dataclass(frozen=True)
class _Counted:
    """Writes a share of so many shoppers: of 100, of fewer as they are."""

    n_users: int

    def number(self, share: float) -> str:
        """Return how many they are."""
        if self.n_users < FEWEST_FOR_RATES:
            return str(round(share * self.n_users))
        of_100 = round(100 * share)
        if of_100 == 100 and share < 1:
            return "more than 99"
        return "fewer than 1" if of_100 == 0 and share > 0 else str(of_100)

    def of(self, share: float) -> str:
        """Return how many of how many they are."""
        return f"{self.number(share)} of {min(self.n_users, FEWEST_FOR_RATES)}"
