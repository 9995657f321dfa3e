"""An order of WooCommerce's REST interface, version 3, and its refunds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from recsvc.catalogue.values import tidied
from recsvc.connect.json_fields import Json, long_text, moment_us, number, parts, text
from recsvc.connect.order import OrderLine, PlatformOrder
from recsvc.connect.woocommerce.fields import record_id
from recsvc.connect.woocommerce.naming import BY_EXPORT, Naming
from recsvc.store.event import MAX_QUANTITY

BOUGHT = frozenset({"processing", "completed"})
NOT_BOUGHT = frozenset(
    {
        "pending",
        "on-hold",
        "cancelled",
        "refunded",
        "failed",
        "trash",
        "draft",
        "auto-draft",
        "checkout-draft",
    }
)
"""The statuses that WooCommerce itself has; of those of plug-ins it counts whether the order was paid."""


@dataclass(frozen=True)
class Refunds:
    """What came back of an order.

    Attributes:
        pieces: refund -> line -> pieces.
        at_us: line -> when the last of it came back, in microseconds since 1970.
    """

    pieces: Mapping[str, Mapping[str, float]]
    at_us: Mapping[str, int]


def read_order(
    document: Json,
    refunds: Refunds | None = None,
    naming: Naming = BY_EXPORT,
    also_bought: Collection[str] = (),
    currency: str = "",
) -> PlatformOrder:
    """Return the order in ``document``.

    Args:
        document: as the interface or a webhook has it.
        refunds: all of its refunds; None: only those whose numbers the order itself has are known.
        naming: how shoppers and items are called.
        also_bought: statuses of the shop's own in which an order counts as bought.
        currency: of the shop; prices of an order that was paid in another one are left out. Empty: it is not known.

    Raises PlatformError where it is no order.
    """
    name = record_id(document)
    came_back = refunds or Refunds({}, {})
    returned = _below_zero(document)
    for lines in came_back.pieces.values():
        for line_id, pieces in lines.items():
            returned[line_id] += pieces
    made_us = moment_us(document.get("date_created_gmt"))
    ordered = [line for line in parts(document, "line_items") if (number(line.get("quantity")) or 0.0) > 0]
    read = (_line(line, document, returned, came_back.at_us, naming) for line in ordered)
    usable = tuple(line for line in read if line is not None)
    if other_currency(document, currency):
        usable = tuple(replace(line, unit_price=None) for line in usable)
    numbers = (text(one.get("id")) for one in parts(document, "refunds"))
    return PlatformOrder(
        record_id=name,
        order_id=text(document.get("number")) or name,
        user_id=naming.user_of(document),
        ordered_at_us=made_us,
        modified_at_us=moment_us(document.get("date_modified_gmt")) or made_us,
        is_bought=is_bought(document, also_bought) and made_us > 0,
        lines=usable,
        refunds=came_back.pieces,
        unread_refunds=() if refunds is not None else tuple(one for one in numbers if one is not None),
        n_unusable_lines=len(ordered) - len(usable),
    )


def other_currency(document: Json, currency: str) -> str | None:
    """Return the currency in which an order was paid; None where it is ``currency``, or either is not known."""
    paid_in = text(document.get("currency"))
    return paid_in if paid_in and currency and paid_in.upper() != currency.upper() else None


def is_bought(document: Json, also_bought: Collection[str] = ()) -> bool:
    """Return whether an order counts as bought: by its status; one of a plug-in's own by whether it was paid."""
    status = str(document.get("status") or "").removeprefix("wc-")
    if status in also_bought or status in BOUGHT:
        return True
    if status in NOT_BOUGHT:
        return False
    return any(document.get(field) for field in ("date_paid_gmt", "date_completed_gmt"))


def unknown_status(document: Json, also_bought: Collection[str] = ()) -> str | None:
    """Return the status of an order where WooCommerce itself has none of that name, and nobody said what it means."""
    status = str(document.get("status") or "").removeprefix("wc-")
    return None if status in BOUGHT | NOT_BOUGHT or status in also_bought else status


def read_refunds(order: Json, documents: Iterable[Json]) -> Refunds:
    """Return what came back by ``documents``, the refunds of ``order``.

    A refund of a line names pieces. One without pieces that pays the whole line back takes all of them; of any other
    amount nobody can say what came back.
    """
    pieces: dict[str, dict[str, float]] = {}
    at_us: dict[str, int] = {}
    lines = {str(line.get("id")): line for line in parts(order, "line_items")}
    for document in documents:
        found: defaultdict[str, float] = defaultdict(float)
        for part in parts(document, "line_items"):
            line_id = _refunded_line(part, lines)
            if line_id is None:
                continue
            line = lines[line_id]
            n_back = abs(number(part.get("quantity")) or 0.0)
            if not n_back and _is_whole(part, line):
                n_back = abs(number(line.get("quantity")) or 0.0)
            if n_back:
                found[line_id] += n_back
                at_us[line_id] = max(at_us.get(line_id, 0), moment_us(document.get("date_created_gmt")))
        pieces[record_id(document)] = dict(found)
    return Refunds(pieces, at_us)


def _below_zero(order: Json) -> defaultdict[str, float]:
    """Return what came back by lines of the order itself that are below zero, as some programs write refunds."""
    returned: defaultdict[str, float] = defaultdict(float)
    above = {
        str(line.get("id")): line
        for line in parts(order, "line_items")
        if (number(line.get("quantity")) or 0) > 0
    }
    for line in parts(order, "line_items"):
        pieces = number(line.get("quantity")) or 0.0
        name = _refunded_line(line, above) if pieces < 0 else None
        if name is not None:
            returned[name] -= pieces
    return returned


def _line(
    line: Json, order: Json, returned: Mapping[str, float], at_us: Mapping[str, int], naming: Naming
) -> OrderLine | None:
    """Return a line; None where it names no item, or has more pieces than can be."""
    line_id, pieces = text(line.get("id")), number(line.get("quantity")) or 0.0
    variation_id = text(line.get("variation_id")) or ""
    item_id = naming.item_of(line.get("sku"), variation_id, line.get("product_id"))
    item_id = item_id or text(tidied(long_text(line.get("name"))))
    if line_id is None or item_id is None or pieces > MAX_QUANTITY:
        return None
    return OrderLine(
        line_id,
        item_id,
        bought=pieces,
        returned=min(pieces, returned.get(line_id, 0.0)),
        returned_at_us=at_us.get(line_id, 0),
        unit_price=_unit_price(line, order, pieces),
        is_gone=line.get("sku") is None or not line.get("product_id"),
        variation_id="" if variation_id == "0" else variation_id,
    )


def _unit_price(line: Json, order: Json, pieces: float) -> float | None:
    """Return what was paid for one piece, after discounts; with the tax where the shop's prices are with it."""
    total = number(line.get("total"))
    if total is None:
        return None
    tax = number(line.get("total_tax")) if order.get("prices_include_tax") else 0.0
    return round(max(0.0, total + (tax or 0.0)) / pieces, 4)


def _refunded_line(part: Json, lines: Mapping[str, Json]) -> str | None:
    """Return the line of the order that a line of a refund is of: the one it names, else the one of its product."""
    for entry in parts(part, "meta_data"):
        if entry.get("key") == "_refunded_item_id":
            named = str(entry.get("value"))
            return named if named in lines else None
    same = [
        name
        for name, line in lines.items()
        if all(line.get(field) == part.get(field) for field in ("product_id", "variation_id"))
    ]
    return same[0] if len(same) == 1 else None


def _is_whole(part: Json, line: Json) -> bool:
    back, paid = number(part.get("total")), number(line.get("total"))
    return bool(back and paid) and abs(back or 0.0) >= abs(paid or 0.0) - 0.005
