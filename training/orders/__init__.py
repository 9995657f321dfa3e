"""Order lines: the canonical form, and the cleaning; a refused row keeps its number and its reason."""

from training.orders.cleaning import LINE_COLUMNS, Orders, check_orders, clean_orders, write_rejected
from training.orders.reasons import DAMAGE_CODES, REASON_CODES, REASONS, Reason
from training.orders.rules import DEFAULT_NON_PRODUCT_PATTERN, CleaningRules
from training.orders.summary import CleaningSummary, ReasonCount

__all__ = [
    "DAMAGE_CODES",
    "DEFAULT_NON_PRODUCT_PATTERN",
    "LINE_COLUMNS",
    "REASONS",
    "REASON_CODES",
    "CleaningRules",
    "CleaningSummary",
    "Orders",
    "Reason",
    "ReasonCount",
    "check_orders",
    "clean_orders",
    "write_rejected",
]
