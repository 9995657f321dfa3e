"""What one page is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recsvc.model.artifact import Manifest
from training.evaluation.evaluation import Evaluation
from training.fit.als_choice import ChosenAls
from training.gate import Verdict
from training.orders import CleaningSummary
from training.ranker.fitted import FittedRanker
from training.report.order_facts import OrderFacts
from training.report.shoppers import SampleShopper


@dataclass(frozen=True, eq=False)
class Run:
    """A training run, seen from its end.

    Attributes:
        version: the name that it has, or would have had.
        created: when it ran.
        summary: what the cleaning found.
        facts: what the orders look like.
        evaluation: what was measured; None when nothing could be.
        not_measured: why nothing was measured, in a sentence; None when something was.
        verdict: what the gate says.
        rankers: what was learned, by name; empty where lists follow the default blend.
        als: how the settings of ALS were chosen; None where that is not known.
        clicks: what became of what lists showed and what was clicked, in a sentence; empty where there was nothing.
        versions: earlier versions, newest first.
        live: name of the version that was live when the run began; None without one.
        activate: whether an accepted version goes live at once.
        shoppers: a few lists, with what was bought next.
    """

    version: str
    created: datetime
    summary: CleaningSummary
    facts: OrderFacts
    evaluation: Evaluation | None
    not_measured: str | None
    verdict: Verdict
    rankers: Mapping[str, FittedRanker]
    versions: Sequence[Manifest]
    shoppers: Sequence[SampleShopper]
    live: str | None = None
    activate: bool = True
    als: ChosenAls | None = None
    clicks: str = ""
