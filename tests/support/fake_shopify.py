"""A Shopify shop in memory, as its webhooks have it; what changes an order or a product is told in a queue."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2025, 5, 1, 12, tzinfo=UTC)
"""The shop's clock begins here."""

SHOP = "acme.myshopify.com"
SECRET = "shpss_" + "c" * 32


def iso(moment: datetime) -> str:
    """Return a moment as Shopify writes it, in the zone of the shop."""
    return (moment - timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%S-04:00")


def money(amount: str) -> dict[str, Any]:
    """Return an amount of the shop, and what the shopper paid in another currency."""
    paid = f"{2 * float(amount):.2f}"
    return {
        "shop_money": {"amount": amount, "currency_code": "EUR"},
        "presentment_money": {"amount": paid, "currency_code": "USD"},
    }


class FakeShopify:
    """What is in the shop; an address or a number of a customer is given with each order."""

    def __init__(self) -> None:
        self.now = START
        self.orders: dict[int, dict[str, Any]] = {}
        self.products: dict[int, dict[str, Any]] = {}
        self.queue: list[tuple[str, dict[str, Any], str]] = []
        self._number, self._name = 4_500_000_000_100, 999

    def number(self) -> int:
        self._number += 1
        return self._number

    def _next_name(self) -> int:
        self._name += 1
        return self._name

    def tick(self, **passed: float) -> None:
        self.now += timedelta(**(passed or {"seconds": 1}))

    def tell(self, topic: str, document: dict[str, Any]) -> None:
        self.queue.append((topic, deepcopy(document), iso(self.now)))

    def order(self, *lines: tuple[str, int], **fields: Any) -> int:
        """Place an order of SKUs and pieces; each costs 2.50."""
        number, moment = self.number(), iso(self.now)
        self.orders[number] = {
            "id": number, "name": f"#{self._next_name()}", "created_at": moment, "processed_at": moment,
            "updated_at": moment, "cancelled_at": None, "test": False, "financial_status": "paid",
            "email": "Anna@Shop.example", "phone": None, "customer": {"id": 99001}, "currency": "EUR",
            "presentment_currency": "USD", "refunds": [], "line_items": [self.line(*line) for line in lines],
        } | fields  # fmt: skip
        self.tell("orders/create", self.orders[number])
        return number

    def line(self, sku: str, pieces: int = 1, **fields: Any) -> dict[str, Any]:
        return {
            "id": self.number(), "name": f"Thing {sku} - Red", "title": f"Thing {sku}", "variant_title": "Red",
            "sku": sku, "quantity": pieces, "current_quantity": pieces, "price": "2.50", "price_set": money("2.50"),
            "product_id": 700, "variant_id": 7001, "gift_card": False, "product_exists": True,
        } | fields  # fmt: skip

    def refund(
        self, number: int, line: int = 0, pieces: int = 1, restock: str = "no_restock"
    ) -> dict[str, Any]:
        """Refund pieces of a line, as the admin does: the order changes with it."""
        self.tick()
        item = self.orders[number]["line_items"][line]
        refund = {
            "id": self.number(), "order_id": number, "created_at": iso(self.now), "processed_at": iso(self.now),
            "refund_line_items": [
                {"id": self.number(), "line_item_id": item["id"], "quantity": pieces, "restock_type": restock}
            ],
        }  # fmt: skip
        item["current_quantity"] -= pieces
        self.orders[number]["refunds"].append(refund)
        self.orders[number]["updated_at"] = iso(self.now)
        self.tell("refunds/create", refund)
        self.tell("orders/updated", self.orders[number])
        return refund

    def change(self, number: int, **fields: Any) -> None:
        self.tick()
        self.orders[number] |= {**fields, "updated_at": iso(self.now)}
        self.tell("orders/cancelled" if fields.get("cancelled_at") else "orders/updated", self.orders[number])

    def remove(self, number: int, line: int = 0, pieces: int = 1) -> None:
        """Edit an order: pieces of a line are taken out of it, without a refund."""
        self.tick()
        item = self.orders[number]["line_items"][line]
        item["current_quantity"] -= pieces
        removal = {"id": item["id"], "delta": pieces}
        edit = {"order_id": number, "line_items": {"additions": [], "removals": [removal]}}
        self.tell("orders/edited", {"order_edit": {"id": self.number(), **edit}})
        self.change(number)

    def delete(self, number: int) -> None:
        self.tick()
        del self.orders[number]
        self.tell("orders/delete", {"id": number})

    def product(self, *skus: str, title: str = "Shirt", **fields: Any) -> dict[str, Any]:
        """Put up a product with a variant for each SKU."""
        number, moment = self.number(), iso(self.now)
        variants = [
            {"id": self.number(), "product_id": number, "title": f"Size {place}", "price": "19.00", "sku": sku,
             "inventory_policy": "deny", "inventory_quantity": 3, "option1": f"Size {place}", "option2": None,
             "option3": None, "image_id": None, "tracked": True}
            for place, sku in enumerate(skus, 1)
        ]  # fmt: skip
        self.products[number] = {
            "id": number, "title": title, "handle": f"shirt-{number}", "vendor": "Acme", "product_type": "Shirts",
            "tags": "red, cotton", "status": "active", "published_at": moment, "updated_at": moment,
            "category": {"full_name": "Apparel > Shirts"}, "options": [{"name": "Size"}], "variants": variants,
            "image": {"src": f"https://cdn.example/{number}.jpg"}, "images": [],
        } | fields  # fmt: skip
        self.tell("products/create", self.told(number))
        return self.products[number]

    def change_product(self, number: int, **fields: Any) -> None:
        self.tick()
        self.products[number] |= {**fields, "updated_at": iso(self.now)}
        self.tell("products/update", self.told(number))

    def delete_product(self, number: int) -> None:
        self.tick()
        del self.products[number]
        self.tell("products/delete", {"id": number})

    def told(self, number: int) -> dict[str, Any]:
        """Return a product as webhooks of today have it: they do not say whether the stock is counted."""
        product = deepcopy(self.products[number])
        for one in product["variants"]:
            del one["tracked"]
        return product

    def bought(self) -> dict[tuple[str, str], float]:
        """Return what was bought and kept: (order, item) -> pieces."""
        return {
            (order["name"], line["sku"]): line["current_quantity"]
            for order in self.orders.values()
            for line in order["line_items"]
            if line["current_quantity"] > 0
            and not (order["cancelled_at"] or order["test"])
            and order["financial_status"] not in ("refunded", "voided")
        }
