"""A fake WooCommerce shop, and what reads it and takes its webhooks."""

from collections import defaultdict

from urllib3.util.retry import Retry

from recsvc.clock import to_us
from recsvc.connect.order_recorder import OrderRecorder
from recsvc.connect.product_recorder import ProductRecorder
from recsvc.connect.rest_client import ApiKeys, RestClient
from recsvc.connect.woocommerce.hooks import Receiver
from recsvc.connect.woocommerce.rest import WooCommerceRest
from recsvc.connect.woocommerce.sync import Sync
from recsvc.store.event import EventType
from recsvc.store.store import Store
from support.fake_woocommerce import KEY, SECRET, FakeShop

IMPATIENT = Retry(total=2, backoff_factor=0, status_forcelist=(429, 500, 503), allowed_methods=("GET",),
                  raise_on_status=False)  # fmt: skip


class Connected:
    """A fake shop, and what reads it and takes its webhooks."""

    def __init__(self, shop: FakeShop, url: str, store: Store) -> None:
        self.shop, self.store = shop, store

        def clock() -> int:
            return to_us(shop.now)

        self.into = Receiver(
            OrderRecorder("woocommerce", store, store.events.append, clock),
            ProductRecorder("woocommerce", store, clock),
        )
        self.client = RestClient(url, ApiKeys(KEY, SECRET), pace_seconds=0, retry=IMPATIENT)
        self.rest = WooCommerceRest(self.client)

    def sync(self) -> Sync:
        return Sync(self.rest, self.into)

    def deliver(self) -> None:
        for topic, document in self.shop.queue:
            self.into.receive(topic, document)
        self.shop.queue.clear()

    def stored(self) -> dict[tuple[str, str], float]:
        net: defaultdict[tuple[str, str], float] = defaultdict(float)
        for batch in self.store.events.batches():
            for kind, order, item, pieces in zip(
                batch.types, batch.order_ids, batch.item_ids, batch.quantity, strict=True
            ):
                net[str(order), item] += pieces if kind == EventType.PURCHASE else -pieces
        return {name: pieces for name, pieces in net.items() if pieces}
