"""An order of Shopify, as webhooks have it."""

from collections import defaultdict
from collections.abc import Mapping

from recsvc.connect.json_fields import Json, moment_us, number, parts, text
from recsvc.connect.order import OrderLine, PlatformOrder
from recsvc.connect.shopify.fields import number_of, record_id, shop_money
from recsvc.connect.shopify.naming import BY_EXPORT, Naming
from recsvc.store.event import MAX_QUANTITY

NOT_BOUGHT = frozenset({"refunded", "voided", "expired"})
"""Financial statuses in which nothing was bought in the end; one whose payment is pending counts, as in exports."""

TIP = "Tip"
"""Shopify writes a tip as a line of this name, without product and SKU."""

PiecesOfLines = Mapping[str, float]


def read_order(document: Json, naming: Naming = BY_EXPORT) -> PlatformOrder:
    """Return the order in ``document``.

    What came back of a line is what Shopify no longer counts (``current_quantity``), after refunds and edits; an older
    webhook has refunds alone. Raises PlatformError where it is no order.
    """
    name = record_id(document)
    made_us = moment_us(document.get("processed_at")) or moment_us(document.get("created_at"))
    modified_us = moment_us(document.get("updated_at")) or made_us
    refunds = {record_id(one): one for one in parts(document, "refunds")}
    read = {number_: pieces_of(one) for number_, one in refunds.items() if "refund_line_items" in one}
    returned: defaultdict[str, float] = defaultdict(float)
    for pieces in read.values():
        for line_id, n_back in pieces.items():
            returned[line_id] += n_back
    at_us = max((refunded_at_us(one) for one in refunds.values()), default=0) or modified_us
    ordered = [one for one in parts(document, "line_items") if not _is_tip(one) and _pieces(one) > 0]
    lines = [line for one in ordered if (line := _line(one, returned, at_us, naming)) is not None]
    return PlatformOrder(
        record_id=name,
        order_id=text(document.get("name")) or name,
        user_id=naming.user_of(document),
        ordered_at_us=made_us,
        modified_at_us=modified_us,
        is_bought=is_bought(document) and made_us > 0,
        lines=tuple(lines),
        refunds=read,
        unread_refunds=tuple(one for one in refunds if one not in read),
        n_unusable_lines=len(ordered) - len(lines),
    )


def is_bought(document: Json) -> bool:
    """Return whether an order counts as bought: it is no test, and not cancelled, refunded as a whole or voided."""
    status = str(document.get("financial_status") or "").lower()
    return document.get("test") is not True and not document.get("cancelled_at") and status not in NOT_BOUGHT


def pieces_of(refund: Json) -> dict[str, float]:
    """Return what came back by a refund: line -> pieces, whether or not they went back on the shelf."""
    found: defaultdict[str, float] = defaultdict(float)
    for one in parts(refund, "refund_line_items"):
        line_id, pieces = number_of(one.get("line_item_id")), number(one.get("quantity")) or 0.0
        if line_id is not None and pieces > 0:
            found[line_id] += pieces
    return dict(found)


def refunded_at_us(refund: Json) -> int:
    """Return when a refund was made, in microseconds since 1970; 0 where it does not say."""
    return moment_us(refund.get("created_at")) or moment_us(refund.get("processed_at"))


def _line(line: Json, returned: PiecesOfLines, at_us: int, naming: Naming) -> OrderLine | None:
    """Return a line; None where it names no item, or has more pieces than can be."""
    line_id, pieces = number_of(line.get("id")), _pieces(line)
    item_id = naming.item_of(line.get("sku"), line.get("variant_id"), line.get("name") or line.get("title"))
    if line_id is None or item_id is None or pieces > MAX_QUANTITY:
        return None
    left = number(line.get("current_quantity"))
    gone = max(returned.get(line_id, 0.0), 0.0 if left is None else pieces - left)
    price = number(shop_money(line, "price"))
    return OrderLine(
        line_id,
        item_id,
        bought=pieces,
        returned=min(pieces, gone),
        returned_at_us=at_us if gone else 0,
        unit_price=None if price is None else max(0.0, price),
        is_gone=line.get("product_id") is None or line.get("variant_id") is None,
    )


def _pieces(line: Json) -> float:
    return number(line.get("quantity")) or 0.0


def _is_tip(line: Json) -> bool:
    if line.get("tip"):
        return True
    is_nothing = not (line.get("product_id") or line.get("variant_id") or text(line.get("sku")))
    return is_nothing and text(line.get("title") or line.get("name")) == TIP
