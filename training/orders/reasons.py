"""The reasons why an order line does not count as a purchase."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RejectionReason:
    """One reason; `is_damage` when it points at a faulty export rather than at ordinary shop life."""

    code: str
    sentence: str
    is_damage: bool = False


ERASED = RejectionReason(
    "erased", "The shopper asked to be forgotten; the rows are counted and listed nowhere."
)
"""The reason that the store tells; all others show in the row."""

ROW_REASONS = (
    RejectionReason(
        "malformed_row", "The row cannot be split into the columns of the header.", is_damage=True
    ),
    RejectionReason(
        "not_a_purchase", "The row is not a purchase (a page view, a cart, the sum of the others, …)."
    ),
    RejectionReason("missing_item", "The row names no item.", is_damage=True),
    RejectionReason(
        "damaged_id",
        "An id was turned into scientific notation by a spreadsheet (9.78E+12), or is longer than 256 "
        "characters.",
        is_damage=True,
    ),
    RejectionReason(
        "unreadable_quantity", "The quantity is no number, or beyond a thousand million.", is_damage=True
    ),
    RejectionReason("unreadable_price", "The price is no number.", is_damage=True),
    RejectionReason(
        "missing_date", "The row has no date although the file has a column for it.", is_damage=True
    ),
    RejectionReason("unreadable_date", "The date cannot be read; date_format may help.", is_damage=True),
    RejectionReason("impossible_date", "The date is before 1990 or in the future.", is_damage=True),
    RejectionReason("order_cancelled", "The order was cancelled, refunded, failed or never paid."),
    RejectionReason(
        "duplicate", "The row is an exact copy of an earlier one, or of an order that an earlier source has."
    ),
    RejectionReason("not_a_product", "The item is postage, a fee, a discount, a voucher or the like."),
    RejectionReason("cancellation", "The row cancels an earlier purchase (order id C…, negative quantity)."),
    RejectionReason("return", "The row returns an earlier purchase (negative quantity or amount)."),
    RejectionReason(
        "refunded", "All of the line came back or was never sent, as a column beside the quantity says."
    ),
    RejectionReason("zero_quantity", "Nothing was bought, or all of it was refunded."),
    RejectionReason("zero_price", "The item cost nothing."),
    RejectionReason("negative_price", "The price is below zero."),
    RejectionReason("returned", "All of it was cancelled or returned later."),
    RejectionReason("guest", "Nobody knows who bought it; it still teaches what is bought together."),
)
"""The reasons that show in a row; of several that apply to a row, the first one here is named."""

REASONS = (ERASED, *ROW_REASONS)

REASON_CODES = tuple(reason.code for reason in REASONS)
ROW_CODES = tuple(reason.code for reason in ROW_REASONS)
DAMAGE_CODES = tuple(reason.code for reason in REASONS if reason.is_damage)
