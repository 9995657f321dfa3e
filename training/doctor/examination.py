"""All checks on one history."""

from collections.abc import Callable, Iterator
from datetime import datetime

from training.doctor.amounts import amounts
from training.doctor.buyers import buyers
from training.doctor.capabilities import capabilities
from training.doctor.catalogue import catalogue
from training.doctor.clocks import clocks
from training.doctor.damage import refusals
from training.doctor.diagnosis import Diagnosis, Finding, Severity
from training.doctor.exports import exports
from training.doctor.gaps import gaps
from training.doctor.history import History
from training.doctor.identifiers import identifiers
from training.orders import CleaningRules, Orders
from training.sources.raw_orders import RawOrders

CHECKS: tuple[Callable[[History], Iterator[Finding]], ...] = (
    refusals,
    exports,
    identifiers,
    gaps,
    clocks,
    amounts,
    buyers,
    catalogue,
    capabilities,
)
CHECKS_OF_NOTHING: tuple[Callable[[History], Iterator[Finding]], ...] = (refusals, amounts)
"""What can be said when no purchase is left."""


def examine(
    raw: RawOrders, orders: Orders, rules: CleaningRules, now: datetime, *, strict: bool = False
) -> Diagnosis:
    """Say what will hurt a training run from these orders.

    Args:
        raw: what was read.
        orders: what `clean_orders` made of it by the same rules at the same `now`.
        rules: how it was cleaned, and how much damage a run accepts.
        now: the moment of the run; a history that ends long before is stale.
        strict: whether warnings count for the exit status.
    """
    history = History.of(raw, orders, rules, now)
    checks = CHECKS if orders.lines.height else CHECKS_OF_NOTHING
    found = [finding for check in checks for finding in check(history)]
    rank = list(Severity).index
    return Diagnosis(tuple(sorted(found, key=lambda finding: rank(finding.severity))), strict)
