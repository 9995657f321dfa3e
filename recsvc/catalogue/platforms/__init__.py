"""Product exports that can be imported: one file each, and one line in the list."""

from recsvc.catalogue.platforms.export import ProductExport
from recsvc.catalogue.platforms.magento import MAGENTO
from recsvc.catalogue.platforms.plain_table import PLAIN_TABLE
from recsvc.catalogue.platforms.shopify import SHOPIFY, SHOPIFY_NEW_NAMES
from recsvc.catalogue.platforms.woocommerce import WOOCOMMERCE

PRODUCT_EXPORTS: tuple[ProductExport, ...] = (
    SHOPIFY,
    SHOPIFY_NEW_NAMES,
    WOOCOMMERCE,
    MAGENTO,
    PLAIN_TABLE,
)
"""A file is read by the first export whose columns it has."""
