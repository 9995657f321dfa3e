"""What the words of a column of events mean: bought, returned, or something that is no order line."""

import polars as pl

PURCHASE_EVENTS = [
    "purchase",
    "purchased",
    "transaction",
    "order",
    "buy",
    "bought",
    "sale",
    "sales",
    "sold",
    "payment",
    "checkout_completed",
    "order_completed",
    "completed_order",
    "placed_order",
    "ordered_product",
    "verkauf",
    "kauf",
    "vente",
    "achat",
    "venta",
    "compra",
    "vendita",
    "acquisto",
    "verkoop",
    "aankoop",
    "osto",
    "myynti",
    "köp",
]
RETURN_EVENTS = [
    "refund",
    "refunded",
    "return",
    "returned",
    "refunded_order",
    "credit",
    "credit_note",
    "rückgabe",
    "retoure",
    "erstattung",
    "gutschrift",
    "retour",
    "remboursement",
    "avoir",
    "devolución",
    "reembolso",
    "reso",
    "rimborso",
    "terugbetaling",
    "palautus",
    "retur",
    "återbetalning",
]
OTHER_EVENTS = [
    "view",
    "page_view",
    "view_item",
    "cart",
    "add_to_cart",
    "addtocart",
    "remove_from_cart",
    "click",
]
KNOWN_EVENTS = frozenset([*PURCHASE_EVENTS, *RETURN_EVENTS, *OTHER_EVENTS])


def event_words(texts: pl.Series) -> pl.Series:
    """Return the words as the lists above spell them: lower case, underscores for blanks."""
    return texts.str.strip_chars().str.to_lowercase().str.replace_all(r"[\s-]+", "_")
