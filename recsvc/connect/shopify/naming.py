"""By which of Shopify's ids shoppers and items are called."""

from dataclasses import dataclass
from typing import Literal

from recsvc.catalogue.values import tidied
from recsvc.connect.json_fields import Json, part, text
from recsvc.connect.shopify.fields import number_of


@dataclass(frozen=True)
class Naming:
    """How the shop calls shoppers and items; as the order export of Shopify does, unless the settings say otherwise.

    Attributes:
        user_by: ``email``, the address of the order, then its phone, then the customer's number; or ``customer_id``,
            the number first.
        item_by: ``sku``, and the name with its options where there is none; or ``variant_id``, the number of the
            variant first.
    """

    user_by: Literal["email", "customer_id"] = "email"
    item_by: Literal["sku", "variant_id"] = "sku"

    def user_of(self, order: Json) -> str | None:
        """Return who ordered; None where the order does not say, as at a till."""
        customer = number_of(part(order, "customer").get("id"))
        written = text(order.get("email")) or text(order.get("phone"))
        return (customer or written) if self.user_by == "customer_id" else (written or customer)

    def users_of(self, customer: Json) -> tuple[str, ...]:
        """Return all ids under which a customer may be known, of whichever naming."""
        found = (text(customer.get("email")), text(customer.get("phone")), number_of(customer.get("id")))
        return tuple(one for one in found if one is not None)

    def item_of(self, sku: object, variant_id: object, name: object) -> str | None:
        """Return the item of a line; None where it has neither SKU, number nor name."""
        numbered = number_of(variant_id) if self.item_by == "variant_id" else None
        named = text(name)
        return numbered or text(sku) or (text(tidied(named)) if named else None)


BY_EXPORT = Naming()
"""As the order export has it."""
