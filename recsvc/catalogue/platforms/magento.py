"""Magento 2's product export."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item, split_at_commas
from recsvc.catalogue.rows import ExportRow
from recsvc.model.categories import JOINT

ONLY_A_VIEW = "texts of a product above for one view of the store"

_ROOT = "default category"
"""Magento's own root, which shoppers never see."""
_VARIATION = re.compile(r"([a-z_0-9]+)=([^,|]+)")
_NOT_OPTIONS = ("sku", "display")


@dataclass(frozen=True)
class _Product:
    """What the variants of a configurable product have from it."""

    sku: str
    url: str | None
    image_url: str | None
    categories: tuple[str, ...]
    is_online: bool


@dataclass(frozen=True)
class _Families:
    """Which products are variants of which.

    A configurable product names its variants. Where the export has no such column, they are the products that are not
    visible individually and are called as it is, with more behind a hyphen: so Magento names those that it makes.
    """

    products: Mapping[str, _Product]
    parents: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    most_are_parts: bool

    @classmethod
    def of(cls, rows: Iterable[ExportRow]) -> "_Families":
        products: dict[str, _Product] = {}
        parents: dict[str, str] = {}
        options: dict[str, dict[str, str]] = {}
        n_rows, n_hidden = 0, 0
        for row in rows:
            n_rows += 1
            n_hidden += not _is_visible(row)
            sku = row.first("sku")
            if sku is None or (row.first("product_type") or "").lower() != "configurable":
                continue
            products.setdefault(sku, _product(sku, row))
            for text in (row.first("configurable_variations") or "").split("|"):
                said = dict(_VARIATION.findall(text))
                if child := said.get("sku"):
                    parents[child] = sku
                    options[child] = {name: said[name] for name in said if name not in _NOT_OPTIONS}
        return cls(products, parents, options, not products and 2 * n_hidden > n_rows)

    def of_row(self, row: ExportRow) -> _Product | None:
        """Return the product of which a row is a variant, or the configurable product that it is itself."""
        sku = row.first("sku") or ""
        if sku in self.products:
            return self.products[sku]
        parent = self.parents.get(sku)
        while parent is None and "-" in sku and not _is_visible(row):
            sku = sku.rpartition("-")[0]
            parent = sku if sku in self.products else None
        return None if parent is None else self.products[parent]


def read_magento(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product as an item; slashes separate the levels of a category.

    What is not visible individually is sold as a variant of another product, also where that one is not in the file; or
    it is not offered by itself.
    """
    families = _Families.of(rows)
    for row in rows:
        if row.first("store_view_code") and row.first("price") is None:
            yield ReadRow(row.number, skipped=ONLY_A_VIEW)
        else:
            yield _read_product(row, families)


def _read_product(row: ExportRow, families: _Families) -> ReadRow:
    product, sku = families.of_row(row), row.first("sku")
    url = _url(row)
    if product is not None and not _is_visible(row):
        url = product.url or url
    stem = None if product or _is_visible(row) else _stem(sku or "", row.first("name") or "")
    is_offered = _is_visible(row) or product is not None or stem is not None or families.most_are_parts
    is_online = _is_online(row) and (product is None or product.is_online)
    return read_item(
        row,
        sku,
        title=row.title_in("name"),
        url=url,
        image_url=row.link_in("base_image") or (product.image_url if product else None),
        price=row.price_in(
            ["price"], ["special_price"], ["special_price_from_date"], ["special_price_to_date"]
        ),
        categories=_categories(row) or (list(product.categories) if product else []),
        in_stock=is_offered and is_online and not row.says_no("is_in_stock"),
        group_id=product.sku if product else stem,
        problem=row.unknown_word("is_in_stock"),
        attributes={"stock": row.number_in("qty"), **families.options.get(sku or "", {})},
    )


def _stem(sku: str, name: str) -> str | None:
    """Return the SKU of the product of which Magento made this variant; it appends the options to SKU and name alike.

    None where they end differently, as those of a part that somebody named.
    """
    pairs = zip(reversed(sku.casefold()), reversed(name.casefold()), strict=False)
    n_shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    shared = sku[len(sku) - n_shared :]
    start = shared.find("-")
    stem = sku[: len(sku) - len(shared) + start] if start >= 0 else ""
    return stem if stem and 0 <= start < len(shared) - 1 else None


def _product(sku: str, row: ExportRow) -> _Product:
    return _Product(sku, _url(row), row.link_in("base_image"), tuple(_categories(row)), _is_online(row))


def _url(row: ExportRow) -> str | None:
    key = row.first("url_key")
    return f"/{key}.html" if key else None


def _is_visible(row: ExportRow) -> bool:
    return (row.first("visibility") or "").lower() != "not visible individually"


def _is_online(row: ExportRow) -> bool:
    return not row.says_no("product_online") and row.first("product_online") != "2"


def _categories(row: ExportRow) -> list[str]:
    paths = (_category_path(text) for text in split_at_commas(row.first("categories")))
    return [path for path in paths if path]


def _category_path(text: str) -> str:
    levels = [level.strip() for level in text.split("/") if level.strip()]
    return JOINT.join(levels[1:] if levels and levels[0].lower() == _ROOT else levels)


MAGENTO = ProductExport("Magento 2", frozenset({"sku", "attribute_set_code", "url_key"}), read_magento)
