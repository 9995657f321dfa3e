"""All checks on one history."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from training.doctor.amounts import amounts
from training.doctor.buyers import buyers
from training.doctor.capabilities import capabilities
from training.doctor.catalogue_match import catalogue_match
from training.doctor.clocks import clocks
from training.doctor.damage import refusals
from training.doctor.diagnosis import Diagnosis, Finding, Severity
from training.doctor.exports import exports
from training.doctor.gaps import gaps
from training.doctor.history import ExaminedHistory
from training.doctor.identifiers import identifiers
from training.doctor.items import items
from training.doctor.variants import variants
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.orders import CleaningRules, Orders
from training.sources.raw_orders import RawOrders


@dataclass(frozen=True)
class DoctorCheck:
    """Something that is looked for in a history; a file of this room holds one check or a family of checks.

    Attributes:
        findings: yields what is odd about a history.
        needs_purchases: whether the check is left out when no purchase is left.
    """

    findings: Callable[[ExaminedHistory], Iterator[Finding]]
    needs_purchases: bool = True


CHECKS = (
    DoctorCheck(refusals, needs_purchases=False),
    DoctorCheck(exports),
    DoctorCheck(identifiers),
    DoctorCheck(gaps),
    DoctorCheck(clocks),
    DoctorCheck(amounts, needs_purchases=False),
    DoctorCheck(buyers),
    DoctorCheck(items),
    DoctorCheck(variants),
    DoctorCheck(catalogue_match),
    DoctorCheck(capabilities),
)
"""All checks, in the order in which findings of one severity are shown."""


def examine(  # noqa: PLR0913 - two of these by name
    raw: RawOrders,
    orders: Orders,
    rules: CleaningRules,
    now: datetime,
    *,
    catalogue: ShopCatalogue = NO_CATALOGUE,
    strict: bool = False,
) -> Diagnosis:
    """Say what will hurt a training run from these orders.

    Args:
        raw: what was read.
        orders: what `clean_orders` made of it by the same rules at the same `now`.
        rules: how it was cleaned, and how much damage a run accepts.
        now: the moment of the run; a history that ends long before is stale.
        catalogue: what the shop says of its items.
        strict: whether warnings count for the exit status.
    """
    history = ExaminedHistory.of(raw, orders, rules, now, catalogue)
    has_purchases = not orders.lines.is_empty()
    checks = (check for check in CHECKS if has_purchases or not check.needs_purchases)
    found = [finding for check in checks for finding in check.findings(history)]
    rank = list(Severity).index
    return Diagnosis(tuple(sorted(found, key=lambda finding: rank(finding.severity))), strict)
