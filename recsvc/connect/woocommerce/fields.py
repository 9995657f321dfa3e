"""How WooCommerce is called here, and how it calls its documents."""

from collections.abc import Mapping
from dataclasses import dataclass

from recsvc.errors import PlatformError

PLATFORM = "woocommerce"
_LARGEST_ID = 2**63 - 1


def record_id(document: object) -> str:
    """Return the number by which WooCommerce knows a document.

    Raises PlatformError where it has none: it is no order and no product.
    """
    found = document.get("id") if isinstance(document, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= _LARGEST_ID:
        raise PlatformError(f"a document of WooCommerce must have an id above 0, got {found!r:.40}")
    return str(found)


@dataclass(frozen=True)
class ToldError:
    """What WooCommerce sends where it cannot send a document.

    Attributes:
        code: its word for the reason, such as ``woocommerce_rest_cannot_view``.
        status: of HTTP, as if the document had been asked for; 0 where it does not say.
    """

    code: str
    status: int

    @property
    def is_gone(self) -> bool:
        """Whether there is no such document any more."""
        return self.status == 404

    @classmethod
    def of(cls, document: Mapping[str, object]) -> "ToldError | None":
        """Return the error in ``document``; None where it is none."""
        code, data = document.get("code"), document.get("data")
        if "id" in document or not isinstance(code, str) or "message" not in document:
            return None
        status = data.get("status") if isinstance(data, Mapping) else None
        return cls(code, status if isinstance(status, int) else 0)
