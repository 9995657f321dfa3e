"""What WooCommerce tells by webhook: which topics there are, and what each changes."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from recsvc.connect.hook_door import Delivery, HookDoor, hook_path
from recsvc.connect.json_fields import Json
from recsvc.connect.order_recorder import OrderRecorder
from recsvc.connect.product_recorder import ProductRecorder
from recsvc.connect.woocommerce.fields import PLATFORM, ToldError, record_id
from recsvc.connect.woocommerce.naming import BY_EXPORT, Naming
from recsvc.connect.woocommerce.order import read_order
from recsvc.connect.woocommerce.product import VARIABLE, Parent, parent_number, parent_of, read_products
from recsvc.connect.woocommerce.rest import WooCommerceRest
from recsvc.errors import PlatformError

_log = structlog.get_logger(__name__)

HOOK_PATH = hook_path(PLATFORM)
ORDER_TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
PRODUCT_TOPICS = ("product.created", "product.updated", "product.deleted", "product.restored")
WANTED = (*ORDER_TOPICS, *PRODUCT_TOPICS)
CUSTOMER_TOPICS = ("customer.created", "customer.updated", "customer.deleted")
"""They are taken and change nothing: who bought what, orders say; who is to be erased, ``DELETE /v1/users`` says."""

TOPICS = frozenset({*WANTED, *CUSTOMER_TOPICS, "product.published"})
SHOP = "shop"
"""Under this name it is kept what the shop says of itself."""

PING = re.compile(rb"webhook_id=\d{1,20}")
"""What WooCommerce sends, without a signature, when a webhook is saved."""


@dataclass(frozen=True)
class Receiver:
    """Where orders and products go to, and how they are read; what webhooks tell, it takes by itself.

    The same delivery again, and what is old, changes nothing.

    Attributes:
        orders, products: where it goes to.
        naming: how shoppers and items are called.
        also_bought: statuses of the shop's own in which an order counts as bought.
    """

    orders: OrderRecorder
    products: ProductRecorder
    naming: Naming = BY_EXPORT
    also_bought: Collection[str] = ()

    def receive(self, topic: str, document: Json) -> int:
        """Take one delivery; return how many events and items changed.

        Raises PlatformError for what is none of WooCommerce's documents, StoreError, ConflictError.
        """
        kind, _, what = topic.partition(".")
        if topic not in TOPICS:
            raise PlatformError(
                f"the topic {topic!r:.60} is not known; known are {', '.join(sorted(TOPICS))}"
            )
        error = ToldError.of(document)
        if error is not None:
            return _without_document(topic, error)
        if isinstance(document.get(kind), Mapping) and "id" not in document:
            raise PlatformError(
                f"the {kind} is in the form of the Legacy REST API: set the API version of this webhook to WP REST API "
                "Integration v3"
            )
        name = record_id(document)
        if kind == "customer":
            return 0
        if kind == "order":
            return self._take_order(what, name, document)
        return self._take_product(what, name, document)

    def take(self, delivery: Delivery) -> int:
        """Take one delivery, as ``receive`` does."""
        return self.receive(delivery.topic, delivery.document)

    def _take_order(self, what: str, name: str, document: Json) -> int:
        if what == "deleted":
            return self.orders.delete([name]).n_events
        shop = self.orders.store.platform.get(PLATFORM, "state", SHOP)
        currency = "" if shop is None else str(shop.body.get("currency") or "")
        order = read_order(document, None, self.naming, self.also_bought, currency)
        if order.n_unusable_lines:
            _log.warning(
                "order_in_part", platform=PLATFORM, order=name, n_lines_left_out=order.n_unusable_lines
            )
        return self.orders.record([order], is_whole=False, is_restored=what == "restored").n_events

    def _take_product(self, what: str, name: str, document: Json) -> int:
        if what == "deleted":
            return self.products.withdraw([name])
        records = self.products.store.platform
        state = records.get(PLATFORM, "state", "categories")
        above = parent_number(document)
        record = records.get(PLATFORM, "product", above)
        parent = None if record is None else parent_of(record.body)
        parents: Mapping[str, Parent] = {} if parent is None else {above: parent}
        paths: Mapping[str, Any] = state.body if state else {}
        found, problems = read_products([document], parents, paths, self.products.clock(), self.naming)
        self.products.tell_left_out(problems)
        n_items = self.products.record(found, is_newest=what == "restored")
        is_offered = document.get("status") == "publish" and document.get("catalog_visibility") != "hidden"
        if document.get("type") in VARIABLE and not is_offered:
            n_items += self.products.hide_variations(name)
        return n_items


def _without_document(topic: str, error: ToldError) -> int:
    """Return that nothing changed where a document is gone, as one that was deleted before its webhook was sent.

    Raises PlatformError where WooCommerce may not send it: then it sends none, until a person does something.
    """
    if not error.is_gone:
        raise PlatformError(
            f"WooCommerce sends the error {error.code!r:.80} in place of what {topic} tells: the account that made "
            "this webhook is gone, or may not see it; delete the webhook in the shop, and make it anew by --hooks-at "
            "with a key of an account that may"
        )
    _log.info("hook_without_document", platform=PLATFORM, topic=topic)
    return 0


def door_of(receiver: Receiver, secret: str | None) -> HookDoor:
    """Return where WooCommerce's webhooks come in, signed with ``secret``."""
    return HookDoor(
        PLATFORM,
        "WooCommerce",
        secret,
        "RECSVC_WOOCOMMERCE_HOOK_SECRET",
        "X-WC-Webhook-Signature",
        "X-WC-Webhook-Topic",
        TOPICS,
        receiver.take,
        is_ping=lambda body: PING.fullmatch(body) is not None,
    )


@dataclass(frozen=True)
class HookState:
    """How the webhooks of a shop that lead here are.

    Attributes:
        missing: topics that no webhook tells of.
        switched_off: topic -> number of a webhook that WooCommerce ended after failures, or that somebody paused.
    """

    missing: tuple[str, ...]
    switched_off: Mapping[str, str]

    @classmethod
    def of(cls, webhooks: Collection[Json], address: str = "") -> "HookState":
        """Return the state of the webhooks of ``address``; where it is empty, of those whose address ends as ours."""
        ours = [one for one in webhooks if _leads_here(str(one.get("delivery_url")).rstrip("/"), address)]
        active = {one.get("topic") for one in ours if one.get("status") == "active"}
        off = {
            str(one.get("topic")): record_id(one)
            for one in ours
            if one.get("status") != "active" and one.get("topic") not in active
        }
        return cls(tuple(one for one in WANTED if one not in active and one not in off), off)


def put_in_order(rest: WooCommerceRest, service_url: str, secret: str) -> HookState:
    """Make the webhooks that are missing, and switch on those that are off; return how they were.

    Raises PlatformError, also where the key may only read.
    """
    address = f"{service_url.rstrip('/')}{HOOK_PATH}"
    state = HookState.of(rest.webhooks(), address)
    for topic in state.missing:
        rest.create_webhook(topic, address, secret)
    for record_id_ in state.switched_off.values():
        rest.activate_webhook(record_id_, secret)
    return state


def _leads_here(found: str, address: str) -> bool:
    return found == address if address else found.endswith(HOOK_PATH)
