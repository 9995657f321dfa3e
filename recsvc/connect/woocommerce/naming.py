"""By which of WooCommerce's ids shoppers and items are called."""

from dataclasses import dataclass
from typing import Literal

from recsvc.connect.json_fields import Json, text


@dataclass(frozen=True)
class Naming:
    """How the shop calls shoppers and items; as the order exports of WooCommerce do, unless the settings say otherwise.

    Attributes:
        user_by: ``email``, the billing address, with which guests and accounts are one; or ``customer_id``, the number
            of the account, and the billing address of guests.
        item_by: ``sku``, and the number of the product where it has none; or ``id``, the number in any case.
    """

    user_by: Literal["email", "customer_id"] = "email"
    item_by: Literal["sku", "id"] = "sku"

    def user_of(self, order: Json) -> str | None:
        """Return who ordered; None where the order does not say."""
        billing = order.get("billing")
        billing = billing if isinstance(billing, dict) else {}
        customer = text(order.get("customer_id"))
        customer = None if customer == "0" else customer
        email, phone = text(billing.get("email")), text(billing.get("phone"))
        return (customer or email or phone) if self.user_by == "customer_id" else (email or phone or customer)

    def item_of(self, sku: object, *numbers: object) -> str | None:
        """Return the item of a SKU and of the numbers of a variation and its product; None where there is neither."""
        named = text(sku) if self.item_by == "sku" else None
        return named or next((one for one in map(text, numbers) if one not in (None, "0")), None)


BY_EXPORT = Naming()
"""As the order exports have it."""
