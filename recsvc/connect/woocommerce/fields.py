"""How WooCommerce is called here, and how it calls its documents."""

from collections.abc import Mapping

from recsvc.errors import PlatformError

PLATFORM = "woocommerce"


def record_id(document: object) -> str:
    """Return the number by which WooCommerce knows a document.

    Raises PlatformError where it has none: it is no order and no product.
    """
    found = document.get("id") if isinstance(document, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise PlatformError(f"a document of WooCommerce must have an id above 0, got {found!r:.40}")
    return str(found)
