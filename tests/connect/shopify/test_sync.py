from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from support.fake_admin_api import CLIENT_ID, TOKEN, FakeAdminApi
from support.fake_shopify import SECRET, FakeShopify
from urllib3.util.retry import Retry

from recsvc.clock import to_us
from recsvc.connect.hook_door import Delivery
from recsvc.connect.json_fields import moment_us
from recsvc.connect.order_recorder import OrderRecorder
from recsvc.connect.privacy_requests import PrivacyRequests
from recsvc.connect.product_recorder import ProductRecorder
from recsvc.connect.rest_client import RestClient
from recsvc.connect.shopify import bulk, queries
from recsvc.connect.shopify.access import NO_TOKEN, AccessToken, AppCredentials
from recsvc.connect.shopify.admin_api import AdminApi
from recsvc.connect.shopify.hooks import WANTED, Receiver
from recsvc.connect.shopify.naming import BY_EXPORT, Naming
from recsvc.connect.shopify.privacy import Privacy
from recsvc.connect.shopify.shop_access import Access
from recsvc.connect.shopify.subscriptions import HookState, put_in_order, subscriptions
from recsvc.connect.shopify.sync import Report, Sync
from recsvc.errors import PlatformAwayError, PlatformError
from recsvc.store.event import EventType
from recsvc.store.store import Store, open_store

IMPATIENT = Retry(total=1, backoff_factor=0, allowed_methods=("GET", "POST"), raise_on_status=False)


class Connected:
    """A fake shop, and what reads it and takes its webhooks."""

    def __init__(self, api: FakeAdminApi, store: Store) -> None:
        self.fake, self.shop, self.store = api, api.shop, store
        self.slept: list[float] = []

        def clock() -> int:
            return to_us(self.shop.now)

        requests = PrivacyRequests("shopify", store.platform)
        self.into = Receiver(
            OrderRecorder("shopify", store, store.events.append, clock),
            ProductRecorder("shopify", store, clock),
            Privacy(requests, store, lambda _user: None, clock, BY_EXPORT),
        )
        self.client = RestClient(api.url, AccessToken(TOKEN), pace_seconds=0, retry=IMPATIENT)
        self.api = AdminApi(self.client, sleep=self.slept.append)

    def backfill(self) -> Report:
        return Sync(self.into).backfill(self.api, Access.of(self.api))

    def reconcile(self, days: int = 7) -> Report:
        return Sync(self.into).reconcile(self.api, Access.of(self.api), days)

    def deliver(self) -> None:
        for topic, document, moment in self.shop.queue:
            self.into.take(Delivery(topic, document, moment_us(moment)))
        self.shop.queue.clear()

    def stored(self) -> dict[tuple[str, str], float]:
        net: defaultdict[tuple[str, str], float] = defaultdict(float)
        for batch in self.store.events.batches():
            for kind, order, item, pieces in zip(
                batch.types, batch.order_ids, batch.item_ids, batch.quantity, strict=True
            ):
                net[str(order), item] += pieces if kind == EventType.PURCHASE else -pieces
        return {name: pieces for name, pieces in net.items() if pieces}


@pytest.fixture
def connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    monkeypatch.setattr("recsvc.connect.shopify.bulk.FIRST_POLL_SECONDS", 0.0)
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    with FakeAdminApi(FakeShopify()) as api:
        made = Connected(api, store)
        yield made
        made.client.close()
    store.close()


def test_an_hour_of_outage_and_a_tenth_of_the_hooks_dropped_lose_nothing(connected: Connected) -> None:
    shop, rng = connected.shop, Random(7)  # noqa: S311 - the same each time
    old = [shop.order(("A", 3), ("B", 1)) for _ in range(6)]
    shop.queue.clear()
    connected.backfill()
    numbers = []
    for _ in range(60):
        shop.tick(minutes=5)
        numbers.append(shop.order((rng.choice("ABCD"), rng.randint(3, 5)), ("E", 1)))
        what, number = rng.randrange(6), rng.choice(numbers)
        if what == 0 and shop.orders[number]["line_items"][0]["current_quantity"]:
            shop.refund(number)
        elif what == 1:
            shop.change(number, cancelled_at="2026-05-01T12:00:00Z")
        elif what == 2 and shop.orders[number]["line_items"][0]["current_quantity"]:
            shop.remove(number)
        elif what == 3:
            shop.delete(numbers.pop(rng.randrange(len(numbers))))
    lost = [one for place, one in enumerate(shop.queue) if place % 10 == 3 or 40 <= place < 80]
    shop.queue = [one for one in shop.queue if one not in lost]
    shop.queue += shop.queue[::3]  # some come twice
    rng.shuffle(shop.queue)  # all come out of order
    connected.deliver()
    shop.refund(old[0], pieces=2)
    shop.queue.clear()
    assert connected.stored() != shop.bought()
    shop.tick(hours=2)
    connected.reconcile()
    assert connected.stored() == shop.bought()
    before = connected.store.position().event
    connected.reconcile()
    assert connected.store.position().event == before


def test_deliveries_in_any_order_say_what_the_shop_says(connected: Connected) -> None:
    shop = connected.shop
    for seed in range(12):
        number = shop.order(("A", 5), ("B", 2), name=f"#{seed}")
        shop.refund(number, pieces=2)
        shop.remove(number, line=1)
        shop.refund(number, pieces=1)
        if seed % 3 == 0:
            shop.delete(number)
        Random(seed).shuffle(shop.queue)  # noqa: S311 - the same each time
        connected.deliver()
        assert connected.stored() == shop.bought(), seed


def test_the_item_of_a_deleted_variant_stays_what_it_was(connected: Connected) -> None:
    shop = connected.shop
    connected.into = replace(connected.into, naming=Naming(item_by="variant_id"))
    number = shop.order(("A", 3))
    connected.deliver()
    shop.orders[number]["line_items"][0]["variant_id"] = None
    shop.change(number)
    connected.deliver()
    connected.backfill()
    assert connected.stored() == {("#1000", "7001"): 3.0}


def test_a_refund_that_comes_alone_is_taken_back_once(connected: Connected) -> None:
    shop = connected.shop
    number = shop.order(("A", 3))
    connected.deliver()
    shop.refund(number, pieces=2)
    shop.queue = [one for one in shop.queue if one[0] == "refunds/create"] * 2
    connected.deliver()
    assert connected.stored() == {("#1000", "A"): 1.0}
    connected.backfill()
    assert connected.stored() == shop.bought() == {("#1000", "A"): 1.0}


def test_a_run_that_was_killed_takes_its_operation_up_again(connected: Connected) -> None:
    shop, fake = connected.shop, connected.fake
    shop.order(("A", 1))
    fake.polls = 3
    connected.api = AdminApi(connected.client, sleep=_killed)
    with pytest.raises(KeyboardInterrupt):
        connected.backfill()
    connected.api = AdminApi(connected.client, sleep=connected.slept.append)
    connected.backfill()
    assert connected.stored() == shop.bought()
    assert len(fake.operations) == 2  # one of products, one of orders
    shop.order(("A", 1))
    connected.backfill()
    assert len(fake.operations) == 4  # what was read is not read again
    assert connected.stored() == shop.bought()


def _killed(_seconds: float) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        ("FAILED", "ACCESS_DENIED", "lacks a scope"),
        ("FAILED", "TIMEOUT", "--since"),
        ("CANCELED", None, "CANCELED"),
    ],
)
def test_an_operation_that_failed_is_told_and_nothing_of_it_is_used(
    connected: Connected, status: str, code: str | None, message: str
) -> None:
    connected.shop.order(("A", 1))
    connected.fake.status, connected.fake.error_code = status, code
    connected.shop.product("A")
    with pytest.raises(PlatformError, match=message):
        connected.backfill()
    assert connected.stored() == {}
    assert connected.store.catalogue.get("A") is None


def test_no_token_goes_to_where_the_file_is(connected: Connected) -> None:
    connected.shop.order(("A", 1))
    connected.backfill()
    assert connected.fake.file_headers
    for headers in connected.fake.file_headers:
        assert TOKEN not in str(headers)
        assert "Authorization" not in headers


def test_a_file_that_comes_in_part_or_not_encrypted_is_not_used(connected: Connected, tmp_path: Path) -> None:
    connected.shop.order(("A", 1))
    begun = bulk.start(connected.api, queries.orders())
    operation = bulk.wait(connected.api, begun, lambda _n: None)
    connected.fake.files = {path: content[:-20] for path, content in connected.fake.files.items()}
    with pytest.raises(PlatformAwayError, match="does not come as a whole") as refused:
        bulk.download(operation, tmp_path / "orders.jsonl")
    assert "Signature" not in str(refused.value)
    open_address = replace(operation, url="http://storage.example/orders")
    with pytest.raises(PlatformError, match="must come by https"):
        bulk.download(open_address, tmp_path / "orders.jsonl")


def test_what_is_no_order_and_no_product_is_counted_and_named(connected: Connected, tmp_path: Path) -> None:
    (tmp_path / "bulk.jsonl").write_text(
        '{"id": "gid://shopify/Customer/5"}\n{"id": "gid://shopify/Order/6"}\n'
    )
    report = Sync(connected.into).read_file(tmp_path / "bulk.jsonl")
    assert report.n_problems == 2
    assert report.problems[0] == "'Customer' is neither an order nor a product; it is not read"
    assert "has no updatedAt" in report.problems[1]


def test_while_other_operations_run_none_is_started(connected: Connected) -> None:
    error = {"code": "OPERATION_IN_PROGRESS", "field": None, "message": "gid://shopify/BulkOperation/5 runs"}
    busy = {"data": {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": [error]}}}
    connected.fake.before = lambda query: (200, busy) if "RunQuery" in query else None
    with pytest.raises(PlatformAwayError, match="wait until they have ended"):
        connected.backfill()


def test_products_are_in_the_catalogue_until_they_are_gone(connected: Connected) -> None:
    shop, catalogue = connected.shop, connected.store.catalogue
    tee, pot = shop.product("T-S", "T-L", title="Tee"), shop.product("POT", title="Pot")
    shop.queue.clear()
    assert connected.backfill().n_items == 3
    shop.change_product(tee["id"], variants=tee["variants"][:1])
    connected.deliver()
    assert catalogue.get("T-S") is not None
    assert catalogue.get("T-L") is None
    shop.delete_product(pot["id"])
    shop.queue.clear()  # nobody tells
    shop.tick()
    shop.product("NEW")
    connected.deliver()  # after the operation that the next run takes up could have begun
    assert connected.reconcile().n_withdrawn == 1
    assert (catalogue.get("POT"), catalogue.get("NEW") is None) == (None, False)
    revision = catalogue.newest_revision()
    connected.reconcile()
    assert catalogue.newest_revision() == revision


def test_what_is_new_while_an_operation_runs_is_not_taken_for_deleted(connected: Connected) -> None:
    shop, fake = connected.shop, connected.fake
    fake.polls = 2

    def meanwhile(_seconds: float) -> None:
        shop.tick()
        shop.product(f"NEW-{shop.now:%S}")
        shop.order(("A", 1))
        connected.deliver()

    connected.api = AdminApi(connected.client, sleep=meanwhile)
    connected.reconcile()
    skus = [one["variants"][0]["sku"] for one in shop.products.values()]
    assert len(connected.store.catalogue.get_many(skus)) == len(skus) == 4
    assert connected.stored() == shop.bought()


def test_an_order_that_the_search_does_not_find_yet_is_not_taken_for_deleted(connected: Connected) -> None:
    connected.fake.unindexed = {connected.shop.order(("A", 1))}
    connected.deliver()
    connected.shop.tick(hours=1)
    assert connected.reconcile().n_deleted == 0
    assert connected.stored() == connected.shop.bought()


def test_a_product_that_was_deleted_stays_so_whatever_comes_late(connected: Connected) -> None:
    shop = connected.shop
    one, other = shop.product("A"), shop.product("B")
    shop.change_product(one["id"], title="Other")
    shop.delete_product(one["id"])
    shop.delete_product(other["id"])
    shop.queue.reverse()
    connected.deliver()
    assert connected.store.catalogue.get_many(["A", "B"]) == {}


def test_without_read_all_orders_it_says_so_and_deletes_nothing_that_it_cannot_see(
    connected: Connected,
) -> None:
    shop, fake = connected.shop, connected.fake
    shop.order(("A", 1))
    connected.backfill()
    shop.tick(days=70)
    shop.order(("B", 1))
    fake.scopes = ("write_orders", "read_products")
    connected.reconcile(days=300)
    assert connected.stored() == shop.bought()
    assert any("LAST 60 DAYS" in one for one in Access.of(connected.api).warnings())
    assert "customer" not in [query for query in fake.queries.values() if "orders" in query][-1]
    fake.scopes = ("read_products",)
    with pytest.raises(PlatformError, match="lacks the scopes read_orders"):
        Access.of(connected.api)


def test_the_shop_is_waited_for_when_it_is_throttled(connected: Connected) -> None:
    cost = {"requestedQueryCost": 300, "throttleStatus": {"currentlyAvailable": 100, "restoreRate": 100}}
    throttled = {
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": cost},
    }
    answers = iter([(200, throttled)])
    connected.fake.before = lambda _query: next(answers, None)
    assert Access.of(connected.api).currency == "EUR"
    assert connected.slept == [2.0]


def test_a_token_is_asked_for_and_renewed_when_it_ends(connected: Connected) -> None:
    credentials = AppCredentials(CLIENT_ID, SECRET)
    client = RestClient(connected.fake.url, NO_TOKEN, pace_seconds=0)

    def renew() -> AccessToken:
        client.use(NO_TOKEN)
        return credentials.token(client)

    client.use(AccessToken("shpat_of_yesterday"))
    assert Access.of(AdminApi(client, renew)).shop == "acme.myshopify.com"
    assert SECRET not in repr(credentials)
    assert TOKEN not in repr(renew())
    with pytest.raises(PlatformError, match="is the app installed") as refused:
        AppCredentials(CLIENT_ID, "wrong").token(client)
    assert "wrong" not in str(refused.value)
    client.use(AccessToken("shpat_wrong"))
    with pytest.raises(PlatformError, match="the token is wrong") as refused:
        Access.of(AdminApi(client))
    assert "shpat_wrong" not in str(refused.value)
    client.close()


def test_a_version_that_shopify_no_longer_has_is_told(connected: Connected) -> None:
    connected.fake.version = "2027-10"
    assert any("answers with version 2027-10" in one for one in Access.of(connected.api).warnings())


def test_missing_webhooks_are_found_and_made(connected: Connected) -> None:
    state = put_in_order(connected.api, "https://recsvc.example/")
    assert (state.n_here, state.missing) == (0, WANTED)
    assert connected.fake.subscriptions[0]["uri"] == "https://recsvc.example/v1/hooks/shopify"
    del connected.fake.subscriptions[1]
    assert HookState.of(subscriptions(connected.api)).missing == ("orders/updated",)
    put_in_order(connected.api, "https://recsvc.example")
    assert HookState.of(subscriptions(connected.api)) == HookState(len(WANTED), ())
