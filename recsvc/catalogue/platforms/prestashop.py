"""PrestaShop's product grid, as its back office exports it, in English, German and French."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item
from recsvc.catalogue.rows import ExportRow

_ID = ("product id", "id", "produkt-id", "id produit", "id du produit")
_CATEGORY = ("category", "kategorie", "catégorie")
_PRICES = (
    "price (tax incl.)", "preis (inkl. mwst.)", "prix (ttc)", "prix ttc",
    "price (tax excl.)", "preis (ohne mwst.)", "prix (ht)", "prix ht",
)  # fmt: skip
_QUANTITY, _STATUS = ("quantity", "menge", "quantité"), ("status", "état", "statut")


def read_prestashop(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product as an item, called by its number: that is what orders name as ``product_id``.

    The reference is kept as an attribute. A product that is switched off or of which none is left cannot be sold.
    """
    for row in rows:
        stock = row.number_in(*_QUANTITY)
        category = row.first(*_CATEGORY)
        yield read_item(
            row,
            row.first(*_ID),
            title=row.title_in("name", "nom"),
            image_url=row.link_in("image", "bild"),
            price=row.number_in(*_PRICES),
            categories=[category] if category else [],
            in_stock=not row.says_no(*_STATUS) and not (isinstance(stock, float) and stock <= 0),
            problem=row.unknown_word(*_STATUS),
            attributes={"reference": row.first("reference", "artikelnummer", "référence"), "stock": stock},
        )


PRESTASHOP = ProductExport(
    "PrestaShop", frozenset({"product id", "reference", "price (tax excl.)"}), read_prestashop
)
PRESTASHOP_FRENCH = ProductExport(
    "PrestaShop (French)", frozenset({"référence", "prix (ht)", "nom"}), read_prestashop
)
