"""Which column of which platform's product export says what of an item."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from recsvc.catalogue.rows import Found, Row

ReadExport: TypeAlias = Callable[[Iterable[Row]], Iterator[Found]]

ONLY_A_PICTURE = "a further picture of the product above"
NO_ID = "neither a SKU nor a title"

_DEFAULT_VARIANT = "Default Title"
_ROOT = "default category"
"""Magento's own root, which shoppers never see."""


def shopify(rows: Iterable[Row]) -> Iterator[Found]:
    """Read an export of Shopify, with its old or its new names; a product's variants follow its first row.

    As in order exports, a variant without a SKU is called by its title and options.
    """
    product = Row(0, {})
    for row in rows:
        if row.first("title"):
            product = row
        if row.first("variant price", "price") is None:
            yield Found(row.number, skipped=ONLY_A_PICTURE)
            continue
        title = product.first("title")
        options = [one for one in (row.first(f"option{n} value") for n in (1, 2, 3)) if one]
        name = title if options in ([], [_DEFAULT_VARIANT]) else f"{title} - {' / '.join(options)}"
        stock = row.number_in("variant inventory qty", "inventory quantity")
        is_tracked = row.first("variant inventory tracker", "inventory tracker") is not None
        goes_on = (row.first("variant inventory policy") or "") == "continue"
        goes_on |= (row.first("continue selling when out of stock") or "").lower() in ("true", "continue")
        is_offered = not product.says_no("published", "published on online store")
        is_offered &= (product.first("status") or "active").lower() == "active"
        yield _found(
            row,
            row.first("variant sku", "sku") or (name if title else None),
            title=title,
            url=_path("products", product.first("handle", "url handle")),
            image_url=row.first("variant image", "variant image url")
            or product.first("image src", "product image url"),
            price=row.number_in("variant price", "price"),
            categories=[one for one in (product.first("product category"), product.first("type")) if one],
            in_stock=is_offered and (goes_on or not is_tracked or not isinstance(stock, float) or stock > 0),
            attributes={
                "brand": product.first("vendor"),
                "tags": _listed(product.first("tags")),
                "stock": stock if is_tracked else None,
            },
        )


def woocommerce(rows: Iterable[Row]) -> Iterator[Found]:
    """Read WooCommerce's product export; a variation is in the categories of its parent."""
    categories: dict[str, list[str]] = {}
    for row in rows:
        own = _listed(row.first("categories")) or categories.get(row.first("parent") or "", [])
        for key in (row.first("sku"), f"id:{row.first('id')}"):
            categories[key or ""] = own
        yield _found(
            row,
            row.first("sku", "name"),
            title=row.first("name"),
            url=row.first("external url"),
            image_url=next(iter(_listed(row.first("images"))), None),
            price=row.number_in("sale price", "regular price"),
            categories=own,
            in_stock=not row.says_no("published") and not row.says_no("in stock?"),
            attributes={"tags": _listed(row.first("tags")), "stock": row.number_in("stock")},
        )


def magento(rows: Iterable[Row]) -> Iterator[Found]:
    """Read Magento 2's product export; levels of a category are separated by slashes there."""
    for row in rows:
        is_hidden = (row.first("visibility") or "").lower() == "not visible individually"
        is_offered = (row.first("product_online") or "1") == "1" and not is_hidden
        key = row.first("url_key")
        yield _found(
            row,
            row.first("sku"),
            title=row.first("name"),
            url=f"/{key}.html" if key else None,
            image_url=row.first("base_image"),
            price=row.number_in("special_price", "price"),
            categories=[path for one in _listed(row.first("categories")) if (path := _magento_path(one))],
            in_stock=is_offered and not row.says_no("is_in_stock"),
            attributes={"stock": row.number_in("qty")},
        )


def any_table(rows: Iterable[Row]) -> Iterator[Found]:
    """Read a table whose columns are called as ``/v1/items`` calls the fields; all others are attributes."""
    known = ("item_id", "title", "url", "image_url", "price", "categories", "in_stock")
    for row in rows:
        others = {name: row.number_in(name) for name in row.fields if name not in known}
        yield _found(
            row,
            row.first("item_id"),
            title=row.first("title"),
            url=row.first("url"),
            image_url=row.first("image_url"),
            price=row.number_in("price"),
            categories=_listed(row.first("categories")),
            in_stock=not row.says_no("in_stock"),
            attributes=others,
        )


PLATFORMS: Mapping[str, tuple[frozenset[str], ReadExport]] = {
    "Shopify": (frozenset({"handle", "variant sku", "variant price"}), shopify),
    "Shopify (new names)": (frozenset({"url handle", "sku", "price"}), shopify),
    "WooCommerce": (frozenset({"sku", "name", "regular price", "in stock?"}), woocommerce),
    "Magento 2": (frozenset({"sku", "attribute_set_code", "url_key"}), magento),
    "a table": (frozenset({"item_id"}), any_table),
}
"""By what columns each is recognised."""


def _found(row: Row, item_id: str | None, attributes: Mapping[str, Any], **fields: Any) -> Found:  # noqa: ANN401
    if item_id is None:
        return Found(row.number, skipped=NO_ID)
    said = {name: value for name, value in fields.items() if value is not None}
    known = {name: value for name, value in attributes.items() if value not in (None, [])}
    return Found(row.number, {"item_id": item_id, **said, "attributes": known})


def _listed(text: str | None) -> list[str]:
    """Return what stands between commas."""
    return [one for part in (text or "").split(",") if (one := part.strip())]


def _path(folder: str, name: str | None) -> str | None:
    return f"/{folder}/{name}" if name else None


def _magento_path(text: str) -> str:
    steps = [step.strip() for step in text.split("/") if step.strip()]
    return " > ".join(steps[1:] if steps and steps[0].lower() == _ROOT else steps)
