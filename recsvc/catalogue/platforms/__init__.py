"""Product exports that can be imported: one file each, and one line in the list."""

from recsvc.catalogue.platforms.bigcommerce import BIGCOMMERCE
from recsvc.catalogue.platforms.export import ProductExport
from recsvc.catalogue.platforms.google_feed import GOOGLE_FEED
from recsvc.catalogue.platforms.magento import MAGENTO
from recsvc.catalogue.platforms.plain_table import PLAIN_TABLE
from recsvc.catalogue.platforms.prestashop import PRESTASHOP, PRESTASHOP_FRENCH
from recsvc.catalogue.platforms.shopify import SHOPIFY, SHOPIFY_NEW_NAMES
from recsvc.catalogue.platforms.shopware import SHOPWARE, SHOPWARE_DOTTED
from recsvc.catalogue.platforms.woocommerce import WOOCOMMERCE, WOOCOMMERCE_GERMAN

PRODUCT_EXPORTS: tuple[ProductExport, ...] = (
    SHOPIFY,
    SHOPIFY_NEW_NAMES,
    WOOCOMMERCE,
    WOOCOMMERCE_GERMAN,
    MAGENTO,
    PRESTASHOP,
    PRESTASHOP_FRENCH,
    SHOPWARE,
    SHOPWARE_DOTTED,
    BIGCOMMERCE,
    GOOGLE_FEED,
    PLAIN_TABLE,
)
"""A file is read by the first export whose columns it has; the last takes any table that holds items."""
