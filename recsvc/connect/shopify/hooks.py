"""What Shopify tells by webhook: which topics there are, and what each changes."""

from dataclasses import dataclass

import structlog

from recsvc.connect.hook_door import Delivery, HeaderOf, HookDoor
from recsvc.connect.json_fields import Json, moment_us
from recsvc.connect.order_recorder import OrderRecorder
from recsvc.connect.product_recorder import ProductRecorder
from recsvc.connect.refund import Refund
from recsvc.connect.shopify.fields import PLATFORM, number_of, record_id
from recsvc.connect.shopify.naming import BY_EXPORT, Naming
from recsvc.connect.shopify.order import pieces_of, read_order, refunded_at_us
from recsvc.connect.shopify.privacy import Privacy
from recsvc.connect.shopify.product import read_product
from recsvc.errors import PlatformError

_log = structlog.get_logger(__name__)

WANTED = (
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/cancelled",
    "orders/delete",
    "refunds/create",
    "products/create",
    "products/update",
    "products/delete",
)
"""What ``recsvc connect shopify --hooks-at`` asks to be told."""

COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")
"""The topics that Shopify demands of apps; they are subscribed to in the configuration of the app alone."""

UNCHANGING = frozenset({"orders/edited"})
"""Taken without effect: the same change comes whole with ``orders/updated``."""

WHOLE_ORDERS = frozenset(
    {"orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled"}
    | {"orders/partially_fulfilled"}
)
TOPICS = frozenset({*WANTED, *COMPLIANCE, *UNCHANGING, *WHOLE_ORDERS})
INSTEAD = {
    "inventory_levels/update": "it tells the stock of one place alone, which is not what can be sold; products/update "
    "tells that, and comes whenever it changes"
}


@dataclass(frozen=True)
class Receiver:
    """Where orders, products and requests go to; the same delivery again, and what is old, changes nothing.

    Attributes:
        orders, products: where these go to.
        privacy: what the privacy of shoppers asks for.
        naming: how shoppers and items are called.
    """

    orders: OrderRecorder
    products: ProductRecorder
    privacy: Privacy
    naming: Naming = BY_EXPORT

    def take(self, delivery: Delivery) -> int:
        """Take one delivery; return how many events and items changed.

        Raises PlatformError for what is none of Shopify's documents, StoreError, ConflictError.
        """
        topic, document = delivery.topic, delivery.document
        if topic not in TOPICS:
            instead = INSTEAD.get(topic, f"taken are {', '.join(sorted(TOPICS))}: unsubscribe from this one")
            raise PlatformError(f"the topic {topic!r:.60} is not taken: {instead}")
        if topic in COMPLIANCE:
            return self.privacy.take(topic, document, delivery.triggered_at_us)
        if topic in UNCHANGING:
            return 0
        kind, _, what = topic.partition("/")
        at_us = delivery.triggered_at_us or self.orders.clock()
        if what == "delete":
            name = record_id(document)
            if kind == "orders":
                return self.orders.delete([name], at_us).n_events
            return self.products.withdraw([name], at_us)
        if kind == "refunds":
            return self._take_refund(document, at_us)
        return self._take_order(document) if kind == "orders" else self._take_product(document)

    def _take_order(self, document: Json) -> int:
        order = read_order(document, self.naming)
        if not order.modified_at_us:
            raise PlatformError(
                f"the order {order.record_id} says neither when it was made nor when it changed"
            )
        if order.n_unusable_lines:
            _log.warning(
                "order_in_part",
                platform=PLATFORM,
                order=order.record_id,
                n_lines_left_out=order.n_unusable_lines,
            )
        return self.orders.record([order], is_whole=False).n_events

    def _take_refund(self, document: Json, at_us: int) -> int:
        refund_id, order_id = record_id(document), number_of(document.get("order_id"))
        if order_id is None:
            raise PlatformError(f"the refund {refund_id} names no order")
        refund = Refund(refund_id, pieces_of(document), refunded_at_us(document) or at_us)
        return self.orders.refund(order_id, refund).n_events

    def _take_product(self, document: Json) -> int:
        name = record_id(document)
        records = self.products.store.platform
        known = records.get(PLATFORM, "product", name)
        if known is not None and moment_us(document.get("updated_at")) < known.modified_at_us:
            return 0
        before = set() if known is None else set(known.body.get("variants", ()))
        variants = records.get_many(PLATFORM, "product", before)
        counted = {one.record_id: bool(one.body.get("counted", True)) for one in variants.values()}
        read = read_product(document, counted, self.products.clock(), self.naming)
        self.products.tell_left_out(read.problems)
        n_items = self.products.record(read.products, is_newest=False)
        gone = before - read.variant_ids
        return n_items + (self.products.withdraw(gone) if gone else 0)


def door_of(receiver: Receiver, secret: str | None, shop: str | None) -> HookDoor:
    """Return where the webhooks of ``shop``, like ``acme.myshopify.com``, come in, signed with ``secret``."""

    def wrong_shop(header: HeaderOf) -> str | None:
        told = header("X-Shopify-Shop-Domain") or ""
        if shop is None or told.lower() == shop:
            return None
        return (
            f"this is of the shop {told!r:.80}; RECSVC_SHOPIFY_SHOP is {shop!r}: here, no other shop is taken"
        )

    return HookDoor(
        PLATFORM,
        "Shopify",
        secret if shop is not None else None,
        "RECSVC_SHOPIFY_SHOP and RECSVC_SHOPIFY_CLIENT_SECRET",
        "X-Shopify-Hmac-Sha256",
        "X-Shopify-Topic",
        TOPICS,
        receiver.take,
        triggered_at=lambda header: moment_us(header("X-Shopify-Triggered-At")),
        wrong_shop=wrong_shop,
    )
