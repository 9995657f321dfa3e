"""A product of WooCommerce's REST interface, version 3, as a row of its product export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recsvc.catalogue.fields import Refused
from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import read_entry
from recsvc.catalogue.platforms.woocommerce import read_woocommerce
from recsvc.catalogue.rows import ExportRow
from recsvc.catalogue.values import Notation
from recsvc.connect.json_fields import Json, long_text, moment_us, number, parts, row_texts, text
from recsvc.connect.product_recorder import PlatformProduct
from recsvc.connect.woocommerce.fields import record_id
from recsvc.connect.woocommerce.naming import BY_EXPORT, Naming
from recsvc.errors import PlatformError

VARIABLE, VARIATION = ("variable", "variable-subscription"), ("variation", "subscription_variation")
NOT_SOLD_HERE = ("external", "grouped")
"""The shop shows these, and sells them elsewhere, or as their parts: WooCommerce never calls them purchasable."""


@dataclass(frozen=True)
class Parent:
    """What the variations of a product have from it.

    Attributes:
        number: of the product.
        item_id: how the shop calls it.
        title, image_url: of the product, for variations without their own.
        categories: as the export writes them.
        is_offered: whether shoppers can find it in the shop.
    """

    number: str
    item_id: str
    title: str | None
    image_url: str | None
    categories: str
    is_offered: bool

    @classmethod
    def of(cls, product: Json, naming: Naming, categories: Mapping[str, str]) -> "Parent":
        """Return what is to be known of a product."""
        number_ = record_id(product)
        return cls(
            number_,
            naming.item_of(product.get("sku"), number_) or number_,
            long_text(product.get("name")),
            _image(product),
            _categories(product, categories),
            _is_published(product) and product.get("catalog_visibility") != "hidden",
        )


def category_paths(documents: Iterable[Json]) -> dict[str, str]:
    """Return each category with those above it, as the export writes it: number -> ``Kitchen > Baking``."""
    known = {str(one.get("id")): one for one in documents}
    return {number_: " > ".join(_names_above(number_, known)) for number_ in known}


def read_products(
    documents: Sequence[Json],
    parents: Mapping[str, Parent],
    categories: Mapping[str, str],
    now_us: int,
    naming: Naming = BY_EXPORT,
) -> tuple[list[PlatformProduct], list[str]]:
    """Return the products in ``documents``, variations among them, and what is wrong with those that are none.

    Args:
        documents: products, and variations with the ``parent_id`` of their product.
        parents: the products of variations that are not in ``documents``, by number.
        categories: number -> path, as of ``category_paths``.
        now_us: decides which sale prices hold, in microseconds since 1970.
        naming: how items are called.
    """
    known = dict(parents)
    for one in documents:
        if not parent_number(one):
            known[record_id(one)] = Parent.of(one, naming, categories)
    rows: list[ExportRow] = []
    products: dict[int, tuple[Json, Parent | None]] = {}
    for place, one in enumerate(documents, start=1):
        parent_id = parent_number(one)
        parent = known.get(parent_id)
        if parent is None and parent_id:
            continue  # its product is in the trash
        rows.append(_row(place, one, parent, naming, categories, now_us))
        products[place] = (one, parent)
    # The rows of products of which there are variations alone: the variations take their categories from them.
    above = {parent.number: parent for _, parent in products.values() if parent is not None}
    heads = [_head(parent, now_us) for number_, parent in above.items() if number_ in parents]
    found, problems = [], []
    for read in read_woocommerce([*heads, *rows]):
        if read.number not in products:
            continue
        document, parent = products[read.number]
        entry = Refused(read.problem) if read.problem else read_entry(read.item)
        if isinstance(entry, Refused):
            problems.append(f"product {record_id(document)}: {entry.detail}")
            continue
        item = entry.to_item(entry.item_id, now_us)
        found.append(_product(document, parent, item, known))
    return found, problems


def _product(
    document: Json, parent: Parent | None, item: Item, known: Mapping[str, Parent]
) -> PlatformProduct:
    number_ = record_id(document)
    body: dict[str, Any] = {} if parent is not None else vars(known[number_])
    # WooCommerce gives a variation without a SKU of its own that of its product: they are one item.
    is_part = parent is not None and item.item_id == parent.item_id
    return PlatformProduct(
        number_,
        None if is_part else item,
        moment_us(document.get("date_modified_gmt")),
        parent.number if parent else None,
        body,
    )


def parent_of(body: Mapping[str, Any]) -> Parent | None:
    """Return the product whose record holds ``body``; None where it is a variation's."""
    try:
        return Parent(**{name: body[name] for name in Parent.__dataclass_fields__})
    except KeyError:
        return None


def _row(  # noqa: PLR0913, PLR0917 - what a row is made of
    place: int,
    one: Json,
    parent: Parent | None,
    naming: Naming,
    categories: Mapping[str, str],
    now_us: int,
) -> ExportRow:
    number_ = record_id(one)
    options = {text(o.get("name")): text(o.get("option")) for o in parts(one, "attributes")}
    options = {name: value for name, value in options.items() if name and value}
    title, regular = long_text(one.get("name")), one.get("regular_price")
    if parent is not None:
        title = " - ".join(filter(None, (parent.title, ", ".join(map(str, options.values())) or None)))
    dates = {
        "date sale price starts": one.get("date_on_sale_from_gmt"),
        "date sale price ends": one.get("date_on_sale_to_gmt"),
    }
    fields: dict[str, object] = {
        "id": number_,
        "type": "variation" if parent else str(one.get("type") or "simple"),
        "sku": naming.item_of(one.get("sku"), number_),
        "name": title,
        "published": "1" if _is_published(one) else "0",
        "visibility in catalog": one.get("catalog_visibility"),
        "in stock?": "0" if one.get("stock_status") == "outofstock" or _is_not_for_sale(one) else "1",
        "stock": one.get("stock_quantity") if one.get("manage_stock") is True else None,
        "regular price": regular or one.get("price"),
        "sale price": one.get("sale_price") if number(one.get("sale_price")) else None,
        "categories": "" if parent else _categories(one, categories),
        "tags": ", ".join(_escaped(str(tag["name"])) for tag in parts(one, "tags") if tag.get("name")),
        "images": _escaped(_image(one) or (parent.image_url if parent else None) or ""),
        "external url": one.get("permalink"),
        "parent": parent.item_id if parent else None,
        **dates,
        **{f"attribute {n} name": name for n, name in enumerate(options, start=1) if parent},
        **{f"attribute {n} value(s)": value for n, value in enumerate(options.values(), start=1) if parent},
    }
    return ExportRow(place, row_texts(fields), Notation(now_us=now_us))


def _head(parent: Parent, now_us: int) -> ExportRow:
    fields = {
        "id": parent.number,
        "sku": parent.item_id,
        "name": parent.title,
        "categories": parent.categories,
        "published": "1" if parent.is_offered else "0",
    }
    return ExportRow(0, row_texts(fields), Notation(now_us=now_us))


def _is_published(product: Json) -> bool:
    return bool(product.get("status", "publish") == "publish")


def _is_not_for_sale(product: Json) -> bool:
    """Return whether nobody can buy a product, as one without a price."""
    return product.get("purchasable") is False and product.get("type") not in NOT_SOLD_HERE


def parent_number(document: Json) -> str:
    """Return the product that a variation is of; empty for a product, which some plug-ins put below another one."""
    parent_id = document.get("parent_id")
    return str(parent_id) if parent_id and document.get("type", VARIATION[0]) in VARIATION else ""


def _image(product: Json) -> str | None:
    own = product.get("image")
    images = [own] if isinstance(own, Mapping) else parts(product, "images")
    return next((str(one["src"]) for one in images if one.get("src")), None)


def _categories(product: Json, paths: Mapping[str, str]) -> str:
    found = (paths.get(str(one.get("id"))) or one.get("name") for one in parts(product, "categories"))
    return ", ".join(_escaped(str(path)) for path in found if path)


def _escaped(name: str) -> str:
    return name.replace(",", "\\,")


def _names_above(number_: str, known: Mapping[str, Json]) -> list[str]:
    names: list[str] = []
    seen: set[str] = set()
    while number_ in known and number_ not in seen:
        seen.add(number_)
        names.append(str(known[number_].get("name") or ""))
        number_ = str(known[number_].get("parent") or "0")
    if not names:
        raise PlatformError(f"a category must have an id, got {number_!r:.40}")
    return names[::-1]
