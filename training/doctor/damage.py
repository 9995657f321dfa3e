"""Rows that were refused: how many, why, and whether that stops a run."""

from collections.abc import Iterator

from training.doctor.diagnosis import Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory
from training.orders import DAMAGE_CODES, ReasonCount

NOTABLE_DAMAGE = 0.01
"""A larger share of damage is no accident of a few rows but a property of the export."""
NOTABLE_REFUSAL = 0.1
SAID_ELSEWHERE = {"guest", "duplicate", "zero_price", "zero_quantity", *DAMAGE_CODES}


def refusals(history: ExaminedHistory) -> Iterator[Finding]:
    """Report nothing left to learn from, damaged rows, and large shares refused for other reasons."""
    yield from nothing_left(history)
    yield from damaged_rows(history)
    yield from refused_rows(history)
    for warning in history.orders.summary.warnings:
        yield Finding(
            "reader_warning",
            Severity.WARNING,
            warning[:1].upper() + warning[1:] + ".",
            "Name the files, columns or date format so that nothing has to be guessed.",
        )
    for question in history.orders.summary.questions:
        severity = Severity.ERROR if question.stops else Severity.WARNING
        yield Finding(question.code, severity, question.text, question.remedy)


def nothing_left(history: ExaminedHistory) -> Iterator[Finding]:
    """Report a history without a single purchase of a known user."""
    summary = history.orders.summary
    if summary.n_purchases:
        return
    met = sorted((count for count in summary.reasons if count.n_rows), key=lambda count: -count.n_rows)
    reasons = ", ".join(f"{count.reason.code} {count.n_rows:,}" for count in met)
    yield Finding(
        "nothing_left",
        Severity.ERROR,
        f"None of the {counted(summary.n_rows, 'row')} is a purchase of a known user: {reasons}.",
        "Check that the columns mean what was recognised, or name them with --column.",
        history.refused_places(tuple(count.reason.code for count in met)),
    )


def damaged_rows(history: ExaminedHistory) -> Iterator[Finding]:
    """Report rows that a faulty export spoiled, against what a run accepts."""
    summary, limit = history.orders.summary, history.rules.max_rejected_share
    damaged = [count for count in summary.reasons if count.reason.is_damage and count.n_rows]
    if not damaged:
        return
    n_rows, share = sum(count.n_rows for count in damaged), summary.damaged_share
    severity = Severity.WARNING if share >= NOTABLE_DAMAGE else Severity.NOTE
    consequence = f"a run would stop at {limit:.0%}"
    if share > limit:
        severity, consequence = (
            Severity.ERROR,
            f"more than the {limit:.0%} of max_rejected_share: a run stops",
        )
    yield Finding(
        "damaged_rows",
        severity,
        f"{counted(n_rows, 'row')} ({percentage(share)}) {'is' if n_rows == 1 else 'are'} damaged, "
        f"{consequence}: {', '.join(described(count) for count in damaged)}.",
        "Correct the export at its source; a spreadsheet in between is the usual culprit.",
        history.refused_places(DAMAGE_CODES),
    )


def described(count: ReasonCount) -> str:
    """Return a reason and its number of rows."""
    return f"{count.reason.code} {count.n_rows:,}"


def refused_rows(history: ExaminedHistory) -> Iterator[Finding]:
    """Report ordinary reasons that refuse extraordinarily many rows."""
    summary = history.orders.summary
    for count in summary.reasons:
        share = count.n_rows / max(summary.n_rows, 1)
        if count.reason.code in SAID_ELSEWHERE or share < NOTABLE_REFUSAL or not summary.n_purchases:
            continue
        yield Finding(
            "many_refused",
            Severity.WARNING,
            f"{counted(count.n_rows, 'row')} ({percentage(share)}) were refused as {count.reason.code}: "
            f"{count.reason.sentence[:1].lower()}{count.reason.sentence[1:]}",
            REMEDIES.get(count.reason.code, "Look at some of these rows and check that the reason is right."),
            history.refused_places((count.reason.code,)),
        )


REMEDIES = {
    "not_a_product": "Check non_product_pattern: it may match codes of real products.",
    "not_a_purchase": "An event log is fine; export purchases only to read it faster.",
    "order_cancelled": "Check that the status column of the export means what its words say.",
}
