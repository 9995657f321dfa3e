"""Orders and products of the GraphQL interface, written as webhooks have them, so that one reader reads both."""

from collections.abc import Sequence
from typing import Any

from recsvc.connect.json_fields import Json, number, part, parts
from recsvc.connect.shopify.fields import number_of, record_id
from recsvc.errors import PlatformError

_REMEDY = "read the shop with the queries that `recsvc connect shopify --queries` prints"


def order_document(order: Json, lines: Sequence[Json]) -> dict[str, Any]:
    """Return an order and its lines as a webhook has them.

    Raises PlatformError where fields are missing, or there are fewer lines than the order says.
    """
    _need(order, "order", "updatedAt", "displayFinancialStatus", "currentSubtotalLineItemsQuantity")
    written = [_line(one) for one in lines]
    told = number(order.get("currentSubtotalLineItemsQuantity")) or 0.0
    there = sum(number(one["current_quantity"]) or 0.0 for one in written)
    if there < told:
        raise PlatformError(
            f"order {record_id(order)}: the file has {there:g} of its {told:g} pieces; it is not read"
        )
    return {
        "id": order["id"],
        "name": order.get("name"),
        "created_at": order.get("createdAt"),
        "processed_at": order.get("processedAt"),
        "updated_at": order.get("updatedAt"),
        "cancelled_at": order.get("cancelledAt"),
        "test": order.get("test"),
        "financial_status": order.get("displayFinancialStatus"),
        "email": order.get("email"),
        "phone": order.get("phone"),
        "customer": order.get("customer"),
        "refunds": [
            {"id": one.get("id"), "created_at": one.get("createdAt")} for one in parts(order, "refunds")
        ],
        "line_items": written,
    }


def product_document(product: Json, variants: Sequence[Json]) -> dict[str, Any]:
    """Return a product and its variants as a webhook has them; raises as ``order_document``."""
    _need(product, "product", "updatedAt", "status", "handle", "variantsCount")
    told = number(part(product, "variantsCount").get("count")) or 0.0
    if len(variants) < told:
        raise PlatformError(
            f"product {record_id(product)}: the file has {len(variants)} of its {told:g} variants; it is not read"
        )
    options: list[str] = []
    for one in variants:
        options += [
            str(option.get("name"))
            for option in parts(one, "selectedOptions")
            if option.get("name") not in options
        ]
    return {
        "id": product["id"],
        "title": product.get("title"),
        "handle": product.get("handle"),
        "status": str(product.get("status") or "").lower(),
        "vendor": product.get("vendor"),
        "product_type": product.get("productType"),
        "tags": product.get("tags"),
        "published_at": product.get("publishedAt"),
        "updated_at": product.get("updatedAt"),
        "category": {"full_name": part(product, "category").get("fullName")},
        "image": {"src": part(product, "featuredMedia", "preview", "image").get("url")},
        "options": [{"name": name} for name in options],
        "variants": [_variant(one, options) for one in variants],
    }


def _line(line: Json) -> dict[str, Any]:
    _need(line, "order line", "quantity", "currentQuantity", "originalUnitPriceSet")
    return {
        "id": line["id"],
        "name": line.get("name"),
        "title": line.get("title"),
        "sku": line.get("sku"),
        "quantity": line.get("quantity"),
        "current_quantity": line.get("currentQuantity"),
        "product_id": number_of(part(line, "product").get("id")),
        "variant_id": number_of(part(line, "variant").get("id")),
        "price": part(line, "originalUnitPriceSet", "shopMoney").get("amount"),
    }


def _variant(variant: Json, options: Sequence[str]) -> dict[str, Any]:
    _need(variant, "variant", "price", "inventoryPolicy", "inventoryItem", "selectedOptions")
    chosen = {str(one.get("name")): one.get("value") for one in parts(variant, "selectedOptions")}
    is_counted = part(variant, "inventoryItem").get("tracked") is True
    return {
        "id": variant["id"],
        "sku": variant.get("sku"),
        "price": variant.get("price"),
        "inventory_policy": variant.get("inventoryPolicy"),
        "inventory_quantity": variant.get("inventoryQuantity"),
        "inventory_management": "shopify" if is_counted else None,
        "image": {"src": part(variant, "image").get("url")},
        **{f"option{place}": chosen.get(name) for place, name in enumerate(options[:3], start=1)},
    }


def _need(document: Json, kind: str, *names: str) -> None:
    missing = [name for name in ("id", *names) if name not in document]
    if missing:
        raise PlatformError(f"the {kind} {document.get('id')!r:.60} has no {', '.join(missing)}: {_REMEDY}")
