"""All orders and products of a shop, read from its interface: once as a whole, and each night what changed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from recsvc.connect.json_fields import Json, parts
from recsvc.connect.order_recorder import Recorded
from recsvc.connect.rest_client import FailingRequestError, RefusedRequestError
from recsvc.connect.woocommerce.fields import PLATFORM, record_id
from recsvc.connect.woocommerce.hooks import SHOP, Receiver
from recsvc.connect.woocommerce.order import (
    Refunds,
    other_currency,
    read_order,
    read_refunds,
    unknown_status,
)
from recsvc.connect.woocommerce.product import VARIABLE, category_paths, parent_of, read_products
from recsvc.connect.woocommerce.rest import PER_PAGE, WooCommerceRest
from recsvc.store.event import DAY_US
from recsvc.store.platform_records import PlatformRecord, PlatformRecords

HOUR_US = 3_600_000_000
MAX_NAMED = 20

OnProgress = Callable[[str, int, int | None], None]
"""Called with what is read, how many there are so far, and of how many, where the shop says so."""


@dataclass
class Report:
    """What was read.

    Attributes:
        orders: what became of orders.
        n_nobody: orders that do not say who ordered.
        n_unusable_lines: lines that name no item, or have more pieces than can be.
        n_deleted: orders that the shop deleted.
        n_products: products and variations that were read.
        n_items: items of the catalogue that changed.
        n_withdrawn: items that were taken out.
        currency: of the shop; empty where it does not say.
        currencies: other currencies -> orders that were paid in them.
        statuses: statuses that WooCommerce itself does not have -> orders in them.
        problems: what could not be used, the first ones.
    """

    orders: Recorded = field(default_factory=Recorded)
    n_nobody: int = 0
    n_unusable_lines: int = 0
    n_deleted: int = 0
    n_products: int = 0
    n_items: int = 0
    n_withdrawn: int = 0
    currency: str = ""
    currencies: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Sync:
    """Reads one shop into the store.

    Args:
        rest: the shop's interface.
        into: where what is read goes to.
        on_progress: is told how far it is.
    """

    def __init__(
        self, rest: WooCommerceRest, into: Receiver, on_progress: OnProgress = lambda _what, _n, _total: None
    ) -> None:
        self._rest, self._orders, self._products = rest, into.orders, into.products
        self._naming, self._also_bought = into.naming, into.also_bought
        self._on_progress = on_progress
        self._records: PlatformRecords = into.orders.store.platform
        self._clock = into.orders.clock
        self.report = Report()

    def backfill(self, since_us: int = 0) -> Report:
        """Read all products, and all orders since a moment; one that was ended goes on where it was."""
        begun = self._state("backfill")
        if begun.get("done") or begun.get("since_us") != since_us:
            begun = {"since_us": since_us, "begun_us": self._clock(), "after_us": since_us}
        self._read_shop()
        if not begun.get("products"):
            self._read_products(begun)
        self._read_orders(begun)
        if self._state("reconciled").get("at_us") is None:
            self._keep("reconciled", {"at_us": begun["begun_us"]})
        self._keep("backfill", {**begun, "done": True})
        return self.report

    def reconcile(self, days: int) -> Report:
        """Find what webhooks lost.

        All orders of the last ``days`` are looked at anew, with their refunds, because a refund does not change the
        time of an order in every version; so are older ones that changed since the last time, and all products.
        """
        begun_us = self._clock()
        window_us = begun_us - days * DAY_US
        last_us = int(self._state("reconciled").get("at_us") or window_us)
        self._read_shop()
        self._read_products({})
        seen: set[str] = set()
        for page in self._rest.orders("date", window_us):
            self._record(page.documents, seen, page.n_total)
        for page in self._rest.orders("modified", min(last_us, begun_us) - HOUR_US):
            self._record(page.documents, seen, None)
        with suppress(RefusedRequestError):  # older versions have no list of all refunds
            refunded = set(self._rest.orders_refunded_since(last_us - HOUR_US)) - seen
            for ids in _hundreds(sorted(refunded)):
                self._record(self._rest.orders_of(ids), seen, None)
        self._delete_orders(seen, window_us, last_us - HOUR_US)
        self._tell_broken()
        self._keep("reconciled", {"at_us": begun_us})
        return self.report

    def _read_shop(self) -> None:
        self.report.currency = self._rest.currency()
        self._keep(SHOP, {"currency": self.report.currency})

    def _read_orders(self, begun: dict[str, Any]) -> None:
        n_read, n_total = 0, None
        seen: set[str] = set()
        for page in self._rest.orders("date", int(begun["after_us"])):
            begun["after_us"] = page.after_us
            self._keep("backfill", begun)
            n_total = page.n_total or n_total
            self._record(page.documents, seen, n_total)
            n_read = len(seen)
        self._on_progress("orders", n_read, n_read)
        self._check_all_shown("orders", n_read, n_total)
        self._tell_broken()

    def _check_all_shown(self, what: str, n_shown: int, n_total: int | None) -> None:
        if n_total is not None and n_shown < n_total and len(self.report.problems) < MAX_NAMED:
            self.report.problems.append(
                f"the shop counts {n_total:,} {what} and showed {n_shown:,}: the others were made by a plug-in that is "
                "off, or a plug-in changes the pages of the REST interface"
            )

    def _tell_broken(self) -> None:
        self.report.problems += list(dict.fromkeys(self._rest.broken))[
            : MAX_NAMED - len(self.report.problems)
        ]

    def _record(self, documents: Sequence[Json], seen: set[str], n_total: int | None) -> None:
        fresh = {record_id(one): one for one in documents if record_id(one) not in seen}
        known = self._records.get_many(PLATFORM, "order", fresh)
        currency = self.report.currency
        for one in fresh.values():
            if (status := unknown_status(one, self._also_bought)) is not None:
                self.report.statuses[status] += 1
            if (paid_in := other_currency(one, currency)) is not None:
                self.report.currencies[paid_in] += 1
        orders = [
            read_order(one, self._refunds(one, known.get(name)), self._naming, self._also_bought, currency)
            for name, one in fresh.items()
        ]
        self.report.n_nobody += sum(one.is_bought and one.user_id is None for one in orders)
        self.report.n_unusable_lines += sum(one.n_unusable_lines for one in orders)
        self.report.orders += self._orders.record(orders, is_whole=True)
        seen.update(fresh)
        self._on_progress("orders", len(seen), n_total)

    def _refunds(self, order: Json, known: PlatformRecord | None) -> Refunds:
        """Return the refunds of an order; those whose lines are known are not asked for again."""
        body = known.body if known else {}
        named = {str(one.get("id")) for one in parts(order, "refunds")}
        if named == body.get("refunds", {}).keys() and not body.get("unread"):
            return Refunds(body.get("refunds", {}), {})
        return read_refunds(order, self._rest.refunds_of(record_id(order)))

    def _delete_orders(self, seen: set[str], window_us: int, trashed_since_us: int) -> None:
        for page in self._rest.orders("modified", trashed_since_us, status="trash"):
            self._delete({record_id(one) for one in page.documents})
        missing = self._kept(window_us) - seen
        since_us = int(self._state("backfill").get("since_us", 0))
        kept = self._kept(since_us)
        if self._rest.count_orders(since_us) != len(kept - missing):
            # Others were deleted for good, of which no list tells: only the numbers that are left do.
            missing |= kept - set(self._rest.order_numbers(since_us))
        for ids in _hundreds(sorted(missing)):  # they may only have moved to another page meanwhile
            missing_still = set(ids) - {record_id(one) for one in self._rest.orders_of(ids)}
            self._delete({name for name in sorted(missing_still) if self._is_gone(name, seen)})

    def _is_gone(self, name: str, seen: set[str]) -> bool:
        """Return whether there is no such order; one that is there all the same is recorded as it is.

        No list has orders in a status of a plug-in that is off.
        """
        try:
            found = self._rest.order(name)
        except FailingRequestError as error:
            if not error.is_broken:
                raise
            return False
        self._record([] if found is None else [found], seen, None)
        return found is None

    def _kept(self, since_us: int) -> set[str]:
        """Return the orders since a moment that are stored and were not deleted."""
        records = self._records.created_since(PLATFORM, "order", since_us)
        return {one.record_id for one in records if not one.body.get("deleted")}

    def _delete(self, ids: Collection[str]) -> None:
        deleted = self._orders.delete(ids)
        self.report.orders += Recorded(0, deleted.n_events, 0, deleted.n_erased)
        self.report.n_deleted += deleted.n_orders - deleted.n_old

    def _read_products(self, begun: dict[str, Any]) -> None:
        """Read all products, from the page that ``begun`` names on; withdraw what is gone after a whole reading."""
        paths = category_paths(self._rest.categories())
        self._keep("categories", paths)
        totals: list[int] = []
        n_shown = 0
        first_page = int(begun.get("products_page", 1))
        seen: set[str] = set()
        for page, documents in enumerate(self._rest.products(first_page, totals.append), start=first_page):
            found = list(self._with_variations(documents))
            n_shown += len(documents)
            seen |= {record_id(one) for one in found}
            self._put(found, paths)
            n_done = (page - 1) * PER_PAGE + len(documents)
            self._on_progress("products", n_done, totals[-1] if totals else None)
            if begun:
                begun["products_page"] = page + 1
                self._keep("backfill", begun)
        if first_page == 1:
            self._check_all_shown("products", n_shown, totals[-1] if totals else None)
            self._withdraw(seen)
        if begun:
            begun["products"] = True
            self._keep("backfill", begun)

    def _with_variations(self, documents: Iterable[Json]) -> Iterator[Json]:
        for one in documents:
            yield one
            if one.get("type") in VARIABLE:
                yield from self._rest.variations(record_id(one))

    def _put(self, documents: Sequence[Json], paths: Mapping[str, str]) -> None:
        found, problems = read_products(documents, {}, paths, self._clock(), self._naming)
        self.report.n_products += len(found)
        self.report.n_items += self._products.record(found, is_newest=True)
        self.report.problems += problems[: MAX_NAMED - len(self.report.problems)]

    def _withdraw(self, seen: set[str]) -> None:
        missing = sorted(self._products.there() - seen)
        records = self._records.get_many(PLATFORM, "product", missing)
        whole = [name for name in missing if parent_of(records[name].body) is not None]
        for ids in _hundreds(
            whole
        ):  # a product that was deleted meanwhile moves others to a page that was read
            there = self._rest.products_of(ids)
            self._put(list(self._with_variations(there)), self._state("categories"))
            self.report.n_withdrawn += self._products.withdraw(set(ids) - {record_id(one) for one in there})
        gone_parts = set(missing) - set(whole)
        self.report.n_withdrawn += self._products.withdraw(gone_parts & self._products.there())

    def _state(self, name: str) -> dict[str, Any]:
        record = self._records.get(PLATFORM, "state", name)
        return dict(record.body) if record else {}

    def _keep(self, name: str, body: Mapping[str, Any]) -> None:
        self._records.put([PlatformRecord(PLATFORM, "state", name, body=dict(body))])


def _hundreds(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + PER_PAGE]) for start in range(0, len(ids), PER_PAGE))
