"""What the orders leave open, as findings: what stops a run is an error."""

from collections.abc import Iterator

from training.doctor.diagnosis import Finding, Severity
from training.doctor.history import ExaminedHistory


def questions(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield one finding for each question that `recsvc-train look` would ask."""
    for question in history.orders.summary.questions:
        severity = Severity.ERROR if question.stops else Severity.WARNING
        yield Finding(question.code, severity, question.text, question.remedy)
