"""What the cleaning found, in numbers."""

from dataclasses import dataclass

from training.orders.reasons import DAMAGE_CODES, RejectionReason
from training.questions import Question
from training.sources.raw_orders import SourceFile


@dataclass(frozen=True)
class ReasonCount:
    """How often a reason was met.

    `n_rows` counts the rows refused under it (these add up to all refused rows), `n_applies` all rows to
    which it applies, also those refused under an earlier one.
    """

    reason: RejectionReason
    n_rows: int
    n_applies: int


@dataclass(frozen=True)
class NonProduct:
    """A code that was taken for no product.

    Attributes:
        item_id, title: of the code; the title is the most frequent one.
        n_lines: order lines with it, whatever else speaks against them.
        n_shoppers: known users who had it on an order.
        why: what told, in words.
    """

    item_id: str
    title: str | None
    n_lines: int
    n_shoppers: int
    why: str

    def __str__(self) -> str:
        """Return it in one line."""
        title = f" ({self.title})" if self.title and self.title != self.item_id else ""
        return f"{self.item_id}{title}: {self.n_lines:,} lines, {self.n_shoppers:,} shoppers, {self.why}"


@dataclass(frozen=True)
class CleaningSummary:
    """The cleaning at a glance.

    `n_rows` = `n_purchases` + the sum of `n_rows` of all `reasons`; guests are among the reasons. Times
    are Unix seconds of the first and last purchase, None without dates. `non_products` are the codes that
    were taken for postage and the like, most lines first.
    """

    files: tuple[SourceFile, ...]
    n_rows: int
    n_purchases: int
    n_unmatched_returns: int
    reasons: tuple[ReasonCount, ...]
    warnings: tuple[str, ...]
    first_ordered_at: int | None
    last_ordered_at: int | None
    questions: tuple[Question, ...] = ()
    non_products: tuple[NonProduct, ...] = ()

    @property
    def n_guest_purchases(self) -> int:
        """Number of purchases by guests."""
        return self.count("guest").n_rows

    @property
    def n_rejected(self) -> int:
        """Rows that are no purchase of a known user."""
        return sum(count.n_rows for count in self.reasons)

    @property
    def damaged_share(self) -> float:
        """Share of the rows that were refused because the export is faulty, 0 to 1."""
        damaged = sum(count.n_rows for count in self.reasons if count.reason.code in DAMAGE_CODES)
        return damaged / self.n_rows if self.n_rows else 0.0

    def count(self, code: str) -> ReasonCount:
        """Return the counts of one reason; KeyError for a code that does not exist."""
        return {count.reason.code: count for count in self.reasons}[code]
