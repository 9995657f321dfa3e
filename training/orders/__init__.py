"""Order lines: the canonical form, and the cleaning; a refused row keeps its number and its reason."""

from training.orders.cleaning import Orders, check_orders, clean_orders, write_rejected
from training.orders.reasons import DAMAGE_CODES, REASONS
from training.orders.rules import CleaningRules
from training.orders.summary import CleaningSummary, ReasonCount

__all__ = [
    "DAMAGE_CODES",
    "REASONS",
    "CleaningRules",
    "CleaningSummary",
    "Orders",
    "ReasonCount",
    "check_orders",
    "clean_orders",
    "write_rejected",
]
