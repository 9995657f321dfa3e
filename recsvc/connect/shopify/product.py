"""A product of Shopify with its variants, as webhooks have it, read as rows of its product export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from recsvc.catalogue.fields import Refused
from recsvc.catalogue.item_schema import read_entry
from recsvc.catalogue.platforms.shopify import read_shopify
from recsvc.catalogue.rows import ExportRow
from recsvc.connect.json_fields import Json, long_text, moment_us, part, parts, row_texts, text
from recsvc.connect.product_recorder import PlatformProduct
from recsvc.connect.shopify.fields import number_of, record_id
from recsvc.connect.shopify.naming import BY_EXPORT, Naming


@dataclass(frozen=True)
class ReadProduct:
    """What a document says of a product.

    Attributes:
        products: the product, which is no item, and its variants, which are.
        variant_ids: numbers of all variants that there are, also of those that the document does not hold: a webhook
            of a product with many holds some.
        problems: what could not be used.
    """

    products: tuple[PlatformProduct, ...]
    variant_ids: frozenset[str]
    problems: tuple[str, ...] = field(default=())


def read_product(
    document: Json, counted: Mapping[str, bool], now_us: int, naming: Naming = BY_EXPORT
) -> ReadProduct:
    """Return the product in ``document``.

    Args:
        document: as webhooks have it.
        counted: variant -> whether its stock is counted, as far as is known from before: newer webhooks do not say it.
        now_us: when it was read, in microseconds since 1970.
        naming: how items are called.

    Raises PlatformError where it is no product.
    """
    number_ = record_id(document)
    modified_us = moment_us(document.get("updated_at"))
    variants = {record_id(one): one for one in parts(document, "variants")}
    rows = {
        place: (name, _is_counted(one, counted.get(name)))
        for place, (name, one) in enumerate(variants.items(), 1)
    }
    read = read_shopify(
        ExportRow(place, _row(document, variants[name], naming, is_counted=is_counted))
        for place, (name, is_counted) in rows.items()
    )
    found, problems = [], []
    for one in read:
        name, is_counted = rows[one.number]
        entry = (
            Refused(one.problem or one.skipped) if one.item is None or one.problem else read_entry(one.item)
        )
        if isinstance(entry, Refused):
            problems.append(f"variant {name} of product {number_}: {entry.detail}")
            continue
        item = entry.to_item(entry.item_id, now_us)
        found.append(PlatformProduct(name, item, modified_us, number_, {"counted": is_counted}))
    all_variants = frozenset({*variants, *_named_variants(document)})
    head = PlatformProduct(number_, None, modified_us, None, {"variants": sorted(all_variants)})
    return ReadProduct((head, *found), all_variants, tuple(problems))


def _named_variants(document: Json) -> Iterator[str]:
    for one in parts(document, "variant_gids"):
        named = number_of(one.get("admin_graphql_api_id"))
        if named is not None:
            yield named


def _is_counted(variant: Json, before: bool | None) -> bool:
    """Return whether the stock of a variant is counted; where nobody ever said, as Shopify does it by default."""
    if "inventory_management" in variant:
        return bool(variant["inventory_management"])
    return True if before is None else before


def _row(product: Json, variant: Json, naming: Naming, *, is_counted: bool) -> dict[str, str]:
    by_number = naming.item_by == "variant_id"
    tags = product.get("tags")
    image = _image_of(product, variant)
    fields: dict[str, object] = {
        "title": long_text(product.get("title")),
        "handle": long_text(product.get("handle")),
        "vendor": long_text(product.get("vendor")),
        "product category": long_text(part(product, "category").get("full_name")),
        "type": long_text(product.get("product_type")),
        "tags": ", ".join(map(str, tags)) if isinstance(tags, list) else long_text(tags),
        "status": long_text(product.get("status")),
        "published": "true" if product.get("published_at") else "false",
        "image src": long_text(part(product, "image").get("src")),
        "variant image": image,
        "variant sku": number_of(variant.get("id")) if by_number else text(variant.get("sku")),
        "variant price": variant.get("price"),
        "variant inventory policy": str(variant.get("inventory_policy") or "deny").lower(),
        "variant inventory tracker": PLATFORM_TRACKER if is_counted else None,
        "variant inventory qty": variant.get("inventory_quantity"),
    }
    names = [long_text(one.get("name")) for one in parts(product, "options")]
    for place in (1, 2, 3):
        fields[f"option{place} name"] = names[place - 1] if len(names) >= place else None
        fields[f"option{place} value"] = long_text(variant.get(f"option{place}"))
    return row_texts(fields)


PLATFORM_TRACKER = "shopify"
"""Who counts the stock, in the words of the export."""


def _image_of(product: Json, variant: Json) -> str | None:
    own = long_text(part(variant, "image").get("src"))
    wanted = variant.get("image_id")
    if own is None and wanted is not None:
        found = (one for one in parts(product, "images") if one.get("id") == wanted)
        own = next((long_text(one.get("src")) for one in found), None)
    return own
