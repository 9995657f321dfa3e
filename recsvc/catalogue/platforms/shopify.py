"""Product exports of Shopify, with the old and the new names of their columns."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.item_schema import MAX_LISTED_VALUES
from recsvc.catalogue.platforms.export import (
    ProductExport,
    ReadRow,
    fitting_categories,
    read_item,
    split_at_commas,
)
from recsvc.catalogue.rows import ExportRow
from recsvc.catalogue.values import tidied

ONLY_A_PICTURE = "a further picture of the product above"

_DEFAULT_VARIANT = "Default Title"
_OPTIONS = ("option1 value", "option2 value", "option3 value")


def read_shopify(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each variant as an item; the variants of a product follow its first row, which describes the product.

    As in order exports, a variant without a SKU is called by its title and options. Shopify allows 250 tags; the first
    ones that an item can have are kept.
    """
    product = ExportRow(0, {})
    for row in rows:
        if row.first("title") or _is_another(row, product):
            product = row
        if row.first("variant price", "price") is None:
            yield ReadRow(row.number, skipped=ONLY_A_PICTURE)
        else:
            yield _read_variant(product, row)


def _is_another(row: ExportRow, product: ExportRow) -> bool:
    """Return whether a row without a title names another product than the one above: its first row is missing."""
    names = ("handle", "url handle")
    return row.first(*names) is not None and row.first(*names) != product.first(*names)


def _read_variant(product: ExportRow, row: ExportRow) -> ReadRow:
    title, handle = product.first("title"), product.first("handle", "url handle")
    is_counted = row.first("variant inventory tracker", "inventory tracker") is not None
    stock = row.number_in("variant inventory qty", "inventory quantity") if is_counted else None
    categories = (product.first("product category"), product.first("type"))
    return read_item(
        row,
        row.first("variant sku", "sku") or (_name_of(title, row) if title else None),
        title=tidied(title),
        url=f"/products/{handle}" if handle else None,
        image_url=row.link_in("variant image", "variant image url")
        or product.link_in("image src", "product image url"),
        price=row.number_in("variant price", "price"),
        categories=fitting_categories(filter(None, categories)),
        group_id=handle,
        in_stock=_is_offered(product) and (_sells_without_stock(row) or not _is_sold_out(stock)),
        attributes={
            "brand": product.first("vendor"),
            "tags": split_at_commas(product.first("tags"))[:MAX_LISTED_VALUES],
            "stock": stock,
            **_options(product, row),
        },
    )


def _options(product: ExportRow, row: ExportRow) -> dict[str, str]:
    """Return what tells a variant from the others, such as its colour."""
    found = {}
    for number in (1, 2, 3):
        name, value = product.first(f"option{number} name"), row.first(f"option{number} value")
        if name and value and value != _DEFAULT_VARIANT:
            found[name.lower()] = value
    return found


def _name_of(title: str, row: ExportRow) -> str:
    options = [option for name in _OPTIONS if (option := row.first(name))]
    return title if options in ([], [_DEFAULT_VARIANT]) else f"{title} - {' / '.join(options)}"


def _is_offered(product: ExportRow) -> bool:
    is_active = (product.first("status") or "active").lower() == "active"
    return is_active and not product.says_no("published", "published on online store")


def _sells_without_stock(row: ExportRow) -> bool:
    if row.first("variant inventory policy") == "continue":
        return True
    return (row.first("continue selling when out of stock") or "").lower() in ("true", "continue")


def _is_sold_out(stock: float | str | None) -> bool:
    return isinstance(stock, float) and not stock > 0  # also where it is not a number


SHOPIFY = ProductExport("Shopify", frozenset({"handle", "variant sku", "variant price"}), read_shopify)
SHOPIFY_NEW_NAMES = ProductExport(
    "Shopify (new names)", frozenset({"url handle", "sku", "price"}), read_shopify
)
