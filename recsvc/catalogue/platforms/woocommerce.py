"""WooCommerce's product export, in English and in German."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recsvc.catalogue.category_texts import CategoryTexts
from recsvc.catalogue.item_schema import MAX_LISTED_VALUES
from recsvc.catalogue.platforms.export import (
    ProductExport,
    ReadRow,
    fitting_categories,
    read_item,
    split_at_commas,
)
from recsvc.catalogue.rows import ExportRow
from recsvc.catalogue.values import as_link, tidied

_SKU, _NAME = ("sku", "artikelnummer"), ("name",)
_PARENT = ("parent", "übergeordnetes produkt")
_PUBLISHED = ("published", "veröffentlicht")
_VISIBILITY = ("visibility in catalog", "sichtbarkeit im katalog")
_IN_STOCK = ("in stock?", "vorrätig?")
_STOCK = ("stock", "lager", "bestand", "lagerbestand")
_REGULAR, _SALE = ("regular price", "regulärer preis"), ("sale price", "angebotspreis")
_STARTS = (
    "date sale price starts",
    "datum, an dem angebotspreis beginnt",
    "datum an dem angebotspreis beginnt",
)
_ENDS = ("date sale price ends", "datum, an dem angebotspreis endet", "datum an dem angebotspreis endet")
_CATEGORIES, _TAGS = ("categories", "kategorien"), ("tags", "schlagwörter")
_IMAGES, _URL = ("images", "bilder"), ("external url", "externe url")
_MOST_OPTIONS = 10

_PATHS = CategoryTexts(",", ">")


@dataclass(frozen=True)
class _Product:
    """What the variations of a product have from it."""

    group_id: str
    categories: tuple[str, ...]
    is_offered: bool


def read_woocommerce(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product and each variation as an item; a variation is in the categories of its parent, and its variant.

    A variation names its parent by SKU, or as ``id:`` and a number; also where the parent is not in the file.
    """
    products = _products(rows)
    for row in rows:
        parent = products.get(row.first(*_PARENT) or "")
        own = products.get(f"id:{row.first('id')}") if _is_variable(row) else None
        product = parent or own
        yield read_item(
            row,
            row.first(*_SKU, *_NAME),
            title=row.title_in(*_NAME),
            url=row.link_in(*_URL),
            image_url=as_link(next(iter(split_at_commas(row.first(*_IMAGES))), None)),
            price=row.price_in(_REGULAR, _SALE, _STARTS, _ENDS),
            categories=_categories(row) or (list(product.categories) if product else []),
            in_stock=_is_offered(row)
            and (parent is None or parent.is_offered)
            and not row.says_no(*_IN_STOCK),
            group_id=product.group_id if product else row.first(*_PARENT),
            problem=row.unknown_word(*_IN_STOCK),
            attributes={
                "tags": _tags(row),
                "stock": row.number_in(*_STOCK),
                **(_options(row) if row.first(*_PARENT) else {}),
            },
        )


def _products(rows: Iterable[ExportRow]) -> dict[str, _Product]:
    """Return the products that have variations, by each name that a variation may call them."""
    found: dict[str, _Product] = {}
    for row in rows:
        number, sku = row.first("id"), row.first(*_SKU)
        if row.first(*_PARENT) or not (number or sku):
            continue
        product = _Product(sku or f"id:{number}", tuple(_categories(row)), _is_offered(row))
        found.update(dict.fromkeys(filter(None, (sku, f"id:{number}" if number else None)), product))
    return found


def _categories(row: ExportRow) -> list[str]:
    return fitting_categories(_PATHS.read(row.first(*_CATEGORIES)))


def _tags(row: ExportRow) -> list[str]:
    """Return the first tags that an item can have, as people read them."""
    tags = (tidied(tag) for tag in split_at_commas(row.first(*_TAGS)))
    return [tag for tag in tags if tag][:MAX_LISTED_VALUES]


def _is_variable(row: ExportRow) -> bool:
    return "variable" in (row.first("type", "typ") or "").lower()


def _is_offered(row: ExportRow) -> bool:
    return not row.says_no(*_PUBLISHED) and (row.first(*_VISIBILITY) or "").lower() not in (
        "hidden",
        "versteckt",
    )


def _options(row: ExportRow) -> dict[str, str]:
    """Return what tells a variation from the others, such as its colour."""
    options = {}
    for number in range(1, _MOST_OPTIONS + 1):
        name = row.title_in(f"attribute {number} name", f"attribut {number} name")
        value = row.title_in(f"attribute {number} value(s)", f"attribut {number} wert(e)")
        if name and value:
            options[name.lower()] = value
    return options


WOOCOMMERCE = ProductExport(
    "WooCommerce", frozenset({"sku", "name", "regular price", "in stock?"}), read_woocommerce
)
WOOCOMMERCE_GERMAN = ProductExport(
    "WooCommerce (German)",
    frozenset({"artikelnummer", "name", "regulärer preis", "vorrätig?"}),
    read_woocommerce,
)
