"""How Shopify is called here, and how it calls its documents."""

import re
from collections.abc import Mapping

from recsvc.connect.json_fields import Json
from recsvc.errors import PlatformError

PLATFORM = "shopify"
_GLOBAL_ID = re.compile(r"gid://shopify/[A-Za-z]+/([0-9]{1,20})(?:\?.*)?")
_NUMBER = re.compile(r"[1-9][0-9]{0,19}")


def number_of(value: object) -> str | None:
    """Return the number in an id of Shopify, which is one, or ``gid://shopify/Order/1``; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = str(value).strip()
    named = _GLOBAL_ID.fullmatch(found)
    found = named[1] if named else found
    return found if _NUMBER.fullmatch(found) else None


def record_id(document: object) -> str:
    """Return the number by which Shopify knows a document.

    Raises PlatformError where it has none: it is no order and no product.
    """
    found = document.get("id") if isinstance(document, Mapping) else None
    named = number_of(found)
    if named is None:
        raise PlatformError(f"a document of Shopify must have an id above 0, got {found!r:.60}")
    return named


def global_id(kind: str, number: str) -> str:
    """Return the id of the GraphQL interface: ``gid://shopify/Order/1``."""
    return f"gid://shopify/{kind}/{number}"


def shop_money(document: Json, name: str) -> object:
    """Return the amount of ``name`` in the currency of the shop, not in that in which the shopper paid."""
    both = document.get(f"{name}_set")
    in_shop = both.get("shop_money") if isinstance(both, Mapping) else None
    amount = in_shop.get("amount") if isinstance(in_shop, Mapping) else None
    return document.get(name) if amount is None else amount
