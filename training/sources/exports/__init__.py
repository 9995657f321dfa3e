"""Exports of shop systems: each system has a file here, and a line in the list below."""

from collections.abc import Set

from training.sources.exports import ga4, magento, shopify, woocommerce
from training.sources.exports.export import OrderExport, UnusableExport

EXPORTS: tuple[OrderExport | UnusableExport, ...] = (
    *shopify.EXPORTS,
    *woocommerce.EXPORTS,
    *ga4.EXPORTS,
    *magento.EXPORTS,
)
"""All known ones; of several that fit a file, the first one is taken."""


def order_export(names: Set[str]) -> OrderExport | None:
    """Return the known export with order lines whose required columns are all among the normalised ``names``."""
    return next((one for one in EXPORTS if isinstance(one, OrderExport) and one.required <= names), None)


def unusable_export(names: Set[str]) -> UnusableExport | None:
    """Return the known unusable export whose required columns are all among the normalised ``names``."""
    return next((one for one in EXPORTS if isinstance(one, UnusableExport) and one.required <= names), None)
