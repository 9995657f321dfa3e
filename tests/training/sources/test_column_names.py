"""Names of columns say the same with outer names, units, taxes, plurals and particles as without them."""

import pytest

from training.sources.aliases import ALIASES
from training.sources.column_names import plain_alias


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("lineItems.payload.productNumber", "item_id"),
        ("orderCustomer.email", "user_id"),
        ("Customer/ID", "user_id"),
        ("partner_id/id", "user_id"),
        ("Order Lines/Product/Internal Reference", "item_id"),
        ("VBAK-KUNNR", "user_id"),
        ("o.order_id", "order_id"),
        ("ItemPrice.Amount", "unit_price"),
        ("price.value.amount", "unit_price"),
        ("customers_id", "user_id"),
        ("products_quantity", "quantity"),
        ("orders_status", "status"),
        ("product_id (metadata)", "item_id"),
        ("Created (UTC)", "ordered_at"),
        ("Item Price ($)", "unit_price"),
        ("Preis in EUR", "unit_price"),
        ("Unit Price (EUR, incl. VAT)", "unit_price"),
        ("Prix unitaire TTC", "unit_price"),
        ("Menge (Stk)", "quantity"),
        ("E-mail (facturation)", "user_id"),
        ("N° client", "user_id"),
        ("Nº pedido", "order_id"),
        ("Réf. article", "item_id"),
        ("Customer Internal ID", "user_id"),
        ("Merchant SKU", "item_id"),
    ],
)
def test_names_propose_what_they_say_in_other_words(name: str, role: str) -> None:
    assert plain_alias(name) in ALIASES[role]


@pytest.mark.parametrize(
    "name",
    [
        "category.name",
        "seller.email",
        "refund.quantity",
        "Quantity (Returned)",
        "Price Tax",
        "No. of products",
        "Number of orders",
        "Total Items",
        "Parent SKU",
        "Customer Reference",
        "Customer Group",
        "Date of birth",
        "x" * 500,
    ],
)
def test_names_that_say_something_else_propose_nothing(name: str) -> None:
    assert not any(plain_alias(name) in aliases for aliases in ALIASES.values())
