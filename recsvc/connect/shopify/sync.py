"""All orders and products of a shop, read in bulk: once as a whole, and each night what changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from recsvc.connect.order_recorder import Recorded
from recsvc.connect.product_recorder import PlatformProduct
from recsvc.connect.shopify import bulk, queries
from recsvc.connect.shopify.admin_api import AdminApi
from recsvc.connect.shopify.bulk import Operation
from recsvc.connect.shopify.bulk_file import Family, families
from recsvc.connect.shopify.fields import PLATFORM, global_id, number_of
from recsvc.connect.shopify.graph_documents import order_document, product_document
from recsvc.connect.shopify.hooks import Receiver
from recsvc.connect.shopify.order import read_order
from recsvc.connect.shopify.product import read_product
from recsvc.connect.shopify.shop_access import Access
from recsvc.errors import PlatformError
from recsvc.store.event import DAY_US
from recsvc.store.platform_records import PlatformRecord

T = TypeVar("T")
HOUR_US = 3_600_000_000
AT_ONCE = 200
"""Orders or products that are stored together."""

IDS_AT_ONCE = 100
MAX_NAMED = 20
RESUMED_US = DAY_US
"""An operation that began longer ago than this is not taken up again: what it read is old."""

OnProgress = Callable[[str, int, int | None], None]
"""Called with what is read, how many there are so far, and of how many, where that is known.

Before orders and products come ``objects``, of which Shopify itself has read so many.
"""


@dataclass
class Report:
    """What was read.

    Attributes:
        orders: what became of orders.
        n_nobody: orders that do not say who ordered.
        n_unusable_lines: lines that name no item, or have more pieces than can be.
        n_deleted: orders that the shop deleted.
        n_products, n_items: products that were read, and items of the catalogue that changed.
        n_withdrawn: items that were taken out.
        n_problems: orders, products and variants that could not be used.
        problems: what is wrong with the first of them.
    """

    orders: Recorded = field(default_factory=Recorded)
    n_nobody: int = 0
    n_unusable_lines: int = 0
    n_deleted: int = 0
    n_products: int = 0
    n_items: int = 0
    n_withdrawn: int = 0
    n_problems: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Count a problem, and keep the first ones."""
        self.n_problems += 1
        if len(self.problems) < MAX_NAMED:
            self.problems.append(problem)


class Sync:
    """Reads one shop into the store.

    Args:
        into: where what is read goes to.
        on_progress: is told how far it is.
    """

    def __init__(self, into: Receiver, on_progress: OnProgress = lambda _what, _n, _total: None) -> None:
        self._into, self._on_progress = into, on_progress
        self._records = into.orders.store.platform
        self.report = Report()
        self._seen_orders: set[str] = set()
        self._seen_products: set[str] = set()

    def backfill(self, api: AdminApi, access: Access, since_us: int = 0) -> Report:
        """Read all products, and all orders since a moment; one that was ended goes on where it was."""
        self._read_products(api)
        search = f"created_at:>='{_iso(since_us)}'" if since_us else ""
        begun_us = self._read_orders(api, access, search)
        self._keep("reconciled", {"at_us": begun_us})
        return self.report

    def reconcile(self, api: AdminApi, access: Access, days: int) -> Report:
        """Find what webhooks lost.

        All products are read, and the orders that changed in the last ``days`` or since the last time.
        """
        now_us = self._into.orders.clock()
        window_us = now_us - days * DAY_US
        last_us = int(self._state("reconciled").get("at_us") or window_us)
        self._read_products(api)
        begun_us = self._read_orders(api, access, f"updated_at:>='{_iso(min(window_us, last_us - HOUR_US))}'")
        self._delete_orders(api, max(window_us, access.oldest_us(now_us)), begun_us)
        self._keep("reconciled", {"at_us": begun_us})
        return self.report

    def read_file(self, path: Path) -> Report:
        """Read the file of a bulk operation that somebody brought here, of orders, of products or of both."""
        with TemporaryDirectory(prefix="recsvc-") as directory:
            self._read(path, Path(directory))
        return self.report

    def _read_orders(self, api: AdminApi, access: Access, search: str) -> int:
        query = queries.orders(search, with_customer=access.reads_customers)
        return self._read_in_bulk(api, "orders", query).created_at_us

    def _read_products(self, api: AdminApi) -> None:
        operation = self._read_in_bulk(api, "products", queries.PRODUCTS)
        there = self._records.created_since(PLATFORM, "product")
        gone = {
            one.record_id
            for one in there
            # What was made or changed after the operation began is not in its file.
            if not one.body.get("deleted") and one.modified_at_us < operation.created_at_us
        }
        self.report.n_withdrawn += self._into.products.withdraw(gone - self._seen_products)

    def _read_in_bulk(self, api: AdminApi, what: str, query: str) -> Operation:
        """Read what a bulk operation finds; one that an ended run started is taken up again."""
        operation = self._begun(api, what, query)
        if operation is None:
            operation = bulk.start(api, query)
            begun = {"id": operation.operation_id, "query": query, "at_us": self._into.orders.clock()}
            self._keep(f"operation/{what}", begun)
        finished = bulk.wait(api, operation, lambda n: self._on_progress("objects", n, None))
        if finished.status == "EXPIRED":
            raise PlatformError(f"the file of {finished.operation_id} is gone; run it again")
        with TemporaryDirectory(prefix="recsvc-") as directory:
            path = Path(directory) / f"{what}.jsonl"
            bulk.download(finished, path)
            self._read(path, Path(directory))
        self._keep(f"operation/{what}", {})
        return finished

    def _begun(self, api: AdminApi, what: str, query: str) -> Operation | None:
        """Return the operation of a run that was ended; None where it is of another query, old, failed or gone."""
        state = self._state(f"operation/{what}")
        age_us = self._into.orders.clock() - int(state.get("at_us") or 0)
        if state.get("query") != query or age_us > RESUMED_US:
            return None
        found = bulk.look(api, str(state["id"]))
        is_of_use = found is not None and found.status in ("CREATED", "RUNNING", "COMPLETED")
        return found if is_of_use else None

    def _read(self, path: Path, directory: Path) -> None:
        for some in _batches(families(path, directory), AT_ONCE):
            by_kind: dict[str, list[Family]] = {"Order": [], "Product": []}
            for one in some:
                by_kind.get(_kind_of(one), []).append(one)
                if _kind_of(one) not in by_kind:
                    self.report.note(
                        f"{_kind_of(one)!r:.60} is neither an order nor a product; it is not read"
                    )
            self._record_orders(by_kind["Order"])
            self._record_products(by_kind["Product"])

    def _record_orders(self, found: Iterable[Family]) -> None:
        orders = []
        for one in found:
            self._seen_orders.add(number_of(one.head.get("id")) or "")
            try:
                orders.append(read_order(order_document(one.head, one.children), self._into.naming))
            except PlatformError as error:
                self.report.note(str(error))
        self.report.n_unusable_lines += sum(one.n_unusable_lines for one in orders)
        self.report.n_nobody += sum(one.user_id is None for one in orders)
        self.report.orders += self._into.orders.record(orders, is_whole=True)
        self._on_progress("orders", len(self._seen_orders), None)

    def _record_products(self, found: Iterable[Family]) -> None:
        products: list[PlatformProduct] = []
        for one in found:
            self._seen_products |= {number_of(of.get("id")) or "" for of in (one.head, *one.children)}
            try:
                document = product_document(one.head, one.children)
                read = read_product(document, {}, self._into.products.clock(), self._into.naming)
            except PlatformError as error:
                self.report.note(str(error))
                continue
            for problem in read.problems:
                self.report.note(problem)
            products += read.products
            self.report.n_products += 1
        self.report.n_items += self._into.products.record(products, is_newest=False)
        self._on_progress("products", self.report.n_products, None)

    def _delete_orders(self, api: AdminApi, since_us: int, before_us: int) -> None:
        """Take back the orders that are stored and that the shop does not have any more."""
        kept = self._records.created_since(PLATFORM, "order", since_us)
        missing = sorted(
            one.record_id
            for one in kept
            if not one.body.get("deleted")
            and one.modified_at_us < before_us
            and one.record_id not in self._seen_orders
        )
        for ids in _batches(missing, IDS_AT_ONCE):
            named = api.ask(queries.ORDERS_THERE, {"ids": [global_id("Order", one) for one in ids]})
            nodes = named.get("nodes")
            there = (
                {number_of(one.get("id")) for one in nodes if isinstance(one, Mapping)} if nodes else set()
            )
            deleted = self._into.orders.delete(set(ids) - there)
            self.report.orders += Recorded(0, deleted.n_events, 0, deleted.n_erased)
            self.report.n_deleted += deleted.n_orders - deleted.n_old

    def _state(self, name: str) -> dict[str, Any]:
        record = self._records.get(PLATFORM, "state", name)
        return dict(record.body) if record else {}

    def _keep(self, name: str, body: Mapping[str, Any]) -> None:
        self._records.put([PlatformRecord(PLATFORM, "state", name, body=dict(body))])


def _batches(found: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(found)
    while some := list(islice(left, size)):
        yield some


def _kind_of(family: Family) -> str:
    """Return what the head of a family is: ``Order`` of ``gid://shopify/Order/1``; that of its children without one."""
    name = family.head.get("id") or (family.children[0].get("__parentId") if family.children else "")
    parts = str(name).split("/")
    return parts[3] if len(parts) == 5 else str(name)


def _iso(moment_us: int) -> str:
    return datetime.fromtimestamp(moment_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
