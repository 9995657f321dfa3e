"""Product feeds as Google Merchant Center and Meta take them: tables separated by tabs or commas, RSS, Atom, XML."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.category_texts import CategoryTexts
from recsvc.catalogue.platforms.export import ProductExport, ReadRow, moment, read_item
from recsvc.catalogue.rows import ExportRow
from recsvc.model.categories import JOINT

_PATHS = CategoryTexts("|", ">")
_IN_STOCK = ("availability",)
_OPTIONS = {
    "color": "colour",
    "size": "size",
    "material": "material",
    "pattern": "pattern",
    "gender": "gender",
}


def read_google_feed(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product as an item; names of columns are written with blanks or with underscores."""
    for row in map(_underscored, rows):
        starts, _, ends = (row.first("sale_price_effective_date") or "").partition("/")
        period = {name: text.strip() for name, text in (("starts", starts), ("ends", ends)) if text.strip()}
        dated = ExportRow(row.number, {**row.fields, **period}, row.notation, row.is_whole)
        yield read_item(
            row,
            row.first("id"),
            title=row.title_in("title"),
            url=row.link_in("link"),
            image_url=row.link_in("image_link"),
            price=dated.price_in(["price"], ["sale_price"], ("starts",), ("ends",)),
            categories=_PATHS.read(row.first("product_type"))
            or _categories(row.first("google_product_category", "fb_product_category")),
            in_stock=not row.says_no(*_IN_STOCK)
            and (row.first("visibility", "status") or "").lower() not in ("hidden", "staging", "archived"),
            available_until=moment(row.moment_in("expiration_date", is_end=True)),
            group_id=row.first("item_group_id"),
            problem=row.unknown_word(*_IN_STOCK),
            attributes={
                "brand": row.first("brand"),
                **{called: row.first(name) for name, called in _OPTIONS.items()},
                "stock": row.number_in(
                    "quantity_to_sell_on_facebook", "inventory", "sell_on_google_quantity"
                ),
            },
        )


def _underscored(row: ExportRow) -> ExportRow:
    fields = {name.removeprefix("g:").replace(" ", "_"): text for name, text in row.fields.items()}
    return ExportRow(row.number, fields, row.notation, row.is_whole)


def _categories(text: str | None) -> list[str]:
    """Return Google's category; one that is only its number in Google's list says nothing to a person."""
    return [] if text is None or text.isdigit() else [JOINT.join(_PATHS.read(text))]


GOOGLE_FEED = ProductExport(
    "a product feed (Google, Meta)", frozenset({"id", "title", "availability", "price"}), read_google_feed
)
