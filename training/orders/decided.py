"""What a whole history settles, so that a part of it is read as the whole is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from training.orders.dates import DateNotation
from training.orders.decimal_marks import DecimalMark


class Refunds(Enum):
    """What an amount that was paid back belongs to."""

    NOTHING = "nothing here"
    LINES = "lines"
    ORDERS = "orders"


@dataclass
class Decided:
    """Decisions that need more than the row that they concern.

    The cleaning of a whole history fills them in as it goes. A part of the history that is cleaned by itself is given
    those of the whole, and decides nothing. A field is None, or lacks a key, where nothing was decided, because no row
    of the history depends on it.

    Attributes:
        marks: decimal marks by column, of each kind of file (its place among ``groups_of_like_files``).
        dates: how dates are written, of each kind of file.
        spellings: cleaned item ids that are spelled otherwise more often, with that spelling.
        nobody: user ids in the one spelling that name no shopper.
        knows_events: whether the column of events has words that are known.
        closed_is_bought: whether "closed" means bought, of each status column.
        marks_returns: whether the column of returns marks rows that are returns, rather than lines that came back.
        counts_what_is_left: whether quantities are net of what came back.
        refunds: what the amounts paid back belong to.
        has_times: whether any moment has a time of day.
        non_products: item ids that are no products.
    """

    marks: dict[int, Mapping[str, DecimalMark]] = field(default_factory=dict)
    dates: dict[int, DateNotation] = field(default_factory=dict)
    spellings: Mapping[str, str] | None = None
    nobody: frozenset[str] | None = None
    knows_events: bool | None = None
    closed_is_bought: dict[str, bool] = field(default_factory=dict)
    marks_returns: bool | None = None
    counts_what_is_left: bool | None = None
    refunds: Refunds | None = None
    has_times: bool | None = None
    non_products: frozenset[str] | None = None

    def settle_rest(self) -> None:
        """Settle what nothing told of, in the way that changes least: a part must not decide by itself."""
        self.marks_returns = bool(self.marks_returns)
        self.counts_what_is_left = bool(self.counts_what_is_left)
        self.refunds = self.refunds or Refunds.LINES
