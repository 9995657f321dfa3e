"""What rules may ask about a list rather than about an item."""

from dataclasses import dataclass

from recsvc.rules.expression import ASKED_CATEGORIES, BOUGHT_CATEGORIES, IS_KNOWN, ORDERS, Scalar


@dataclass(frozen=True)
class ListContext:
    """Whose list it is, and what it is asked for; by default nobody's.

    Attributes:
        n_orders: how many orders of the shopper are known.
        is_known: whether anything is known of the shopper.
        bought_categories: of what the shopper bought.
        asked_categories: of the product page or cart that the list is for.
    """

    n_orders: int = 0
    is_known: bool = False
    bought_categories: frozenset[str] = frozenset()
    asked_categories: frozenset[str] = frozenset()

    def scalar(self, name: str) -> Scalar:
        """Return what ``name`` in an expression stands for, where that is one value."""
        return {ORDERS: float(self.n_orders), IS_KNOWN: self.is_known}[name]

    def values(self, name: str) -> frozenset[str]:
        """Return what ``name`` in an expression stands for, where that is several values."""
        return {BOUGHT_CATEGORIES: self.bought_categories, ASKED_CATEGORIES: self.asked_categories}[name]


NOBODY = ListContext()
