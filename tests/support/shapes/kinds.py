"""All shapes, by kind of platform."""

from .back_offices import BACK_OFFICES
from .data_stores import DATA_STORES
from .hosted_shops import HOSTED_SHOPS
from .interfaces import INTERFACES
from .marketplaces import MARKETPLACES
from .other_languages import OTHER_LANGUAGES
from .own_tables import OWN_TABLES
from .shop_systems import SHOP_SYSTEMS
from .stock_keeping import STOCK_KEEPING
from .tills import TILLS

KINDS = {
    "Shops as a service": HOSTED_SHOPS,
    "Shop systems": SHOP_SYSTEMS,
    "Shops in other languages": OTHER_LANGUAGES,
    "Marketplaces": MARKETPLACES,
    "Tills": TILLS,
    "Stock and orders": STOCK_KEEPING,
    "Invoices and accounts": BACK_OFFICES,
    "Answers of interfaces": INTERFACES,
    "Analytics, databases and spreadsheets": DATA_STORES,
    "Tables of one's own": OWN_TABLES,
}
"""Headings of the page of exports, each with its shapes."""
SHAPES = tuple(shape for shapes in KINDS.values() for shape in shapes)
