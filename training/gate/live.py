"""What the gate needs to know of the version that shoppers see at present."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from recsvc.model.artifact import PublishedModel
from recsvc.model.vocabulary import Vocabulary
from training.evaluation.evaluation import RECSVC
from training.evaluation.metrics import COVERAGE_AT_10, Metric
from training.evaluation.task import Question
from training.gate.order_profile import OrderProfile
from training.history.interactions import KnownHistory

ORDERS = "orders"
EVALUATION = "evaluation"
"""The entries of ``Manifest.metrics`` that the gate reads."""


@dataclass(frozen=True)
class LiveReference:
    """The live version, as its manifest describes it.

    Attributes:
        version: its name.
        data_through: the newest order that it knows, ISO 8601 in UTC; None when undated.
        counts: users, items and purchases that it learned from.
        kept: share of its users and of its items that the orders of this run know too, in [0, 1].
        orders: what its orders looked like; None when it does not say.
        hyperparameters: the settings of its fit.
        evaluation: as ``Evaluation.to_json`` wrote it; empty when it was not measured.
    """

    version: str
    data_through: str | None
    counts: dict[str, int]
    kept: dict[str, float]
    orders: OrderProfile | None
    hyperparameters: dict[str, Any]
    evaluation: Mapping[str, Any]

    @classmethod
    def of(cls, live: PublishedModel, known: KnownHistory) -> "LiveReference":
        """Read the manifest, which may lack what another release did not write, and look for its ids in ``known``."""
        manifest, model = live.manifest, live.model
        kept = {
            "users": _kept_share(model.users, known.users),
            "items": _kept_share(model.items, known.items),
        }
        return cls(
            manifest.model_version,
            manifest.data_through,
            manifest.counts,
            kept,
            OrderProfile.from_dict(manifest.metrics.get(ORDERS)),
            manifest.hyperparameters,
            _table(manifest.metrics, EVALUATION),
        )

    def recorded(self, question: Question, metric: Metric) -> float | None:
        """Return the mean that was measured when it was published."""
        return _number(_table(self._recsvc(question), metric.name).get("mean"))

    def recorded_coverage(self, question: Question) -> float | None:
        """Return the share of the catalogue that its lists showed when it was published."""
        return _number(self._recsvc(question).get(COVERAGE_AT_10.name))

    def recorded_churn(self, question: Question) -> float | None:
        """Return how much of the first ten changed for the average shopper when it was published."""
        return _number(_table(self._question(question), "churn_at_10").get("mean"))

    def beyond_recall(self, *path: str) -> object:
        """Return what ``Merchandise.as_dict`` wrote below ``path``; None where another release wrote no such thing."""
        found: Any = self.evaluation.get("beyond_recall")
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def number(self, *path: str) -> float | None:
        """Return a number of ``beyond_recall``; None where there is none."""
        return _number(self.beyond_recall(*path))

    def _question(self, question: Question) -> Mapping[str, Any]:
        return _table(_table(self.evaluation, "questions"), question.value)

    def _recsvc(self, question: Question) -> Mapping[str, Any]:
        return _table(_table(self._question(question), "rankers"), RECSVC)


def _table(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the entry of ``fields``; nothing where it is no table, as another release may have written it."""
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) and isfinite(found) else None


def _kept_share(before: Vocabulary, now: Vocabulary) -> float:
    """Return which share of the ids of ``before`` is in ``now``: a walk along both, which are in one order."""
    kept, others = 0, iter(now.ids)
    other = next(others, None)
    for one in before.ids:
        while other is not None and other < one:
            other = next(others, None)
        kept += other == one
    return kept / max(len(before), 1)
