"""WooCommerce's REST interface, version 3, page by page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from recsvc.connect.json_fields import Json, moment_us, text
from recsvc.connect.rest_client import Answer, FailingRequestError, Params, RefusedRequestError, RestClient
from recsvc.connect.woocommerce.fields import record_id
from recsvc.errors import PlatformAwayError, PlatformError

PATH = "/wp-json/wc/v3"
PER_PAGE = 100
"""WooCommerce gives no more."""

FEWEST_PER_PAGE = 10
MOST_BROKEN = 2
"""So many entries of a page may make the shop fail; where more do, it is the shop that is broken."""

SECOND_US = 1_000_000
STEP_BACK_US = 3_600 * SECOND_US
"""Orders of an older storage are sorted by the shop's own clock, which goes back an hour in autumn."""

OnTotal = Callable[[int], None]


@dataclass(frozen=True)
class OrderPage:
    """Some orders, and from where to go on after them.

    Attributes:
        documents: the orders.
        after_us: all that were made, or changed, before are read; microseconds since 1970.
        n_total: how many there were from where the reading began, where the shop says so.
    """

    documents: Sequence[Json]
    after_us: int
    n_total: int | None = None


class WooCommerceRest:
    """What the interface of one shop answers; every method raises PlatformError.

    Attributes:
        broken: what the shop fails to show, for people: each was left out of a page.
    """

    def __init__(self, client: RestClient) -> None:
        self._client = client
        self._per_page = PER_PAGE
        self.broken: list[str] = []

    def check(self) -> None:
        """Ask for one order; raises PlatformError, which says what to change in the shop where that is known."""
        try:
            self._get("/orders", {"per_page": 1})
        except RefusedRequestError as error:
            raise PlatformError(f"{error}: {self._remedy(error)}") from error

    def orders(
        self, by: Literal["date", "modified"], after_us: int, status: str = "any"
    ) -> Iterator[OrderPage]:
        """Yield the orders that were made, or changed, after a moment, oldest first; a few come twice.

        Each page begins where the one before ended, not at a number of entries: orders that come in or are deleted
        meanwhile do not move it.
        """
        after, field = (
            ("after", "date_created_gmt") if by == "date" else ("modified_after", "date_modified_gmt")
        )
        page, is_first = 1, True
        while True:
            params: dict[str, str | int] = {
                "status": status, "orderby": by, "order": "asc", "page": page, "dates_are_gmt": "true",
            }  # fmt: skip
            if after_us:
                params[after] = _iso(after_us)
            answer, per_page = self._page("/orders", params, is_first=page == 1)
            documents = _documents(answer)
            newest = max((moment_us(one.get(field)) for one in documents), default=after_us)
            yield OrderPage(documents, after_us, answer.n_total if is_first else None)
            is_first = False
            if _is_last(answer, len(documents), page, per_page):
                return
            if newest - STEP_BACK_US > after_us:
                after_us, page = newest - STEP_BACK_US, 1
            else:
                page += 1

    def count_orders(self, since_us: int) -> int | None:
        """Return how many orders there are that were made since; None where the shop does not say."""
        params: dict[str, str | int] = {
            "status": "any",
            "per_page": 1,
            "dates_are_gmt": "true",
            "_fields": "id",
        }
        if since_us:
            params["after"] = _iso(since_us)
        return self._get("/orders", params).n_total

    def order_numbers(self, since_us: int) -> Iterator[str]:
        """Yield the numbers of all orders that were made since, and nothing else of them."""
        params: dict[str, str | int] = {
            "status": "any",
            "dates_are_gmt": "true",
            "_fields": "id",
            "orderby": "id",
        }
        if since_us:
            params["after"] = _iso(since_us)
        return (record_id(one) for one in self._pages("/orders", params))

    def orders_of(self, record_ids: Sequence[str], status: str = "any") -> list[dict[str, Any]]:
        """Return those of at most 100 orders that there are."""
        params: Params = {"include": ",".join(record_ids), "status": status}
        return _documents(self._whole_page("/orders", params, 1)) if record_ids else []

    def order(self, record_id_: str) -> dict[str, Any] | None:
        """Return an order in whatever status, also one that lists do not have; None where it is gone, or in the trash.

        Raises FailingRequestError where the shop fails to show it.
        """
        try:
            answer = self._get(f"/orders/{record_id_}", {})
        except RefusedRequestError as error:
            if error.status == 404:
                return None
            raise
        except FailingRequestError as error:
            self.broken.append(f"/orders/{record_id_} {_not_read(error)}")
            raise
        found = answer.value if isinstance(answer.value, dict) else {}
        return found if record_id(found) == record_id_ and found.get("status") != "trash" else None

    def currency(self) -> str:
        """Return the currency of the shop, as ISO 4217 names it; empty where the shop does not say."""
        with suppress(RefusedRequestError):
            answer = self._get("/data/currencies/current", {"_fields": "code"})
            return (text(answer.value.get("code")) or "") if isinstance(answer.value, dict) else ""
        return ""

    def refunds_of(self, record_id_: str) -> list[dict[str, Any]]:
        """Return all refunds of an order; none where the order is gone meanwhile."""
        try:
            return list(self._pages(f"/orders/{record_id_}/refunds", {}))
        except RefusedRequestError as error:
            if error.status == 404:
                return []
            raise

    def orders_refunded_since(self, since_us: int) -> list[str]:
        """Return the orders of refunds that were made since; raises RefusedRequestError before WooCommerce 9."""
        refunds = self._pages("/refunds", {"after": _iso(since_us), "dates_are_gmt": "true"})
        return [str(one["parent_id"]) for one in refunds if one.get("parent_id")]

    def categories(self) -> list[dict[str, Any]]:
        """Return all categories of products."""
        return list(self._pages("/products/categories", {}))

    def products(
        self, first_page: int = 1, on_total: OnTotal = lambda _n: None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of products, drafts and private ones too, from ``first_page`` on."""
        page = first_page
        while True:
            answer = self._whole_page("/products", {"orderby": "id", "order": "asc", "status": "any"}, page)
            documents = _documents(answer)
            if answer.n_total is not None:
                on_total(answer.n_total)
            if documents:
                yield documents
            if _is_last(answer, len(documents), page, PER_PAGE):
                return
            page += 1

    def products_of(self, record_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return those of at most 100 products that there are."""
        params: Params = {"include": ",".join(record_ids), "status": "any", "per_page": PER_PAGE}
        return _documents(self._get("/products", params)) if record_ids else []

    def variations(self, record_id_: str) -> list[dict[str, Any]]:
        """Return all variations of a product; older versions do not name the product in each."""
        found = self._pages(f"/products/{record_id_}/variations", {"status": "any"})
        return [{**one, "parent_id": int(record_id_), "type": "variation"} for one in found]

    def webhooks(self) -> list[dict[str, Any]]:
        """Return all webhooks of the shop."""
        return list(self._pages("/webhooks", {}))

    def create_webhook(self, topic: str, delivery_url: str, secret: str) -> None:
        """Make a webhook; the key must be allowed to write."""
        body = {"name": f"recsvc {topic}", "topic": topic, "delivery_url": delivery_url, "secret": secret}
        self._client.send("POST", f"{PATH}/webhooks", {**body, "status": "active"})

    def activate_webhook(self, record_id_: str, secret: str) -> None:
        """Switch a webhook on again; the key must be allowed to write."""
        self._client.send("PUT", f"{PATH}/webhooks/{record_id_}", {"status": "active", "secret": secret})

    def _pages(self, path: str, params: Params) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            answer = self._whole_page(path, params, page)
            found = _documents(answer)
            yield from found
            if _is_last(answer, len(found), page, PER_PAGE):
                return
            page += 1

    def _page(self, path: str, params: dict[str, str | int], *, is_first: bool) -> tuple[Answer, int]:
        """Return a page, and how many entries it may have; a shop that takes too long for many is asked for fewer."""
        while True:
            per_page = self._per_page
            try:
                return self._get(path, {**params, "per_page": per_page}), per_page
            except PlatformAwayError as error:
                if per_page <= FEWEST_PER_PAGE or not is_first:
                    return self._one_by_one(path, params, per_page, error), per_page
                self._per_page = max(FEWEST_PER_PAGE, per_page // 3)

    def _whole_page(self, path: str, params: Params, page: int) -> Answer:
        """Return a page of as many entries as there may be."""
        wanted = {**params, "per_page": PER_PAGE, "page": page}
        try:
            return self._get(path, wanted)
        except PlatformAwayError as error:
            return self._one_by_one(path, wanted, PER_PAGE, error)

    def _one_by_one(
        self, path: str, params: Mapping[str, str | int], per_page: int, error: PlatformAwayError
    ) -> Answer:
        """Return a page that the shop fails to show as a whole, without the entries that it fails to show alone.

        A single order that some plug-in stumbles over would end the reading of all others for good. Raises ``error``
        where the shop fails for another reason.
        """
        if not (isinstance(error, FailingRequestError) and error.is_broken):
            raise error
        found: list[dict[str, Any]] = []
        broken: list[str] = []
        n_total = None
        first = (int(params["page"]) - 1) * per_page + 1
        for number in range(first, first + per_page):
            try:
                answer = self._get(path, {**params, "page": number, "per_page": 1})
            except FailingRequestError as failed:
                if not failed.is_broken or len(broken) >= MOST_BROKEN:
                    raise
                where = f"after {path}/{found[-1]['id']}" if found else f"number {number} by its time"
                broken.append(f"the entry {where} {_not_read(failed)}")
                continue
            documents, n_total = _documents(answer), answer.n_total
            found += documents
            if not documents if n_total is None else number >= n_total:
                break
        self.broken += broken
        return Answer(found, n_total)

    def _get(self, path: str, params: Params) -> Answer:
        return self._client.get(f"{PATH}{path}", params)

    def _remedy(self, error: RefusedRequestError) -> str:
        if error.status == 404 and self._has_plain_permalinks():
            return "WooCommerce's interface needs permalinks that are not plain: Settings > Permalinks > Post name"
        if error.status == 404:
            return "is the address that of the shop, and WooCommerce active?"
        if error.status in (401, 403):
            return (
                "the key is wrong, was revoked, lacks read permission, or a proxy takes the Authorization header away "
                "and does not tell WordPress that the request came by https"
            )
        return "see what the shop says above"

    def _has_plain_permalinks(self) -> bool:
        with suppress(PlatformError):
            return isinstance(self._client.get("/", {"rest_route": "/"}).value, dict)
        return False


def _documents(answer: Answer) -> list[dict[str, Any]]:
    if not isinstance(answer.value, list):
        raise PlatformError(f"the shop answers {type(answer.value).__name__} where a list belongs")
    found = [one for one in answer.value if isinstance(one, dict)]
    for one in found:
        record_id(one)
    return found


def _not_read(error: FailingRequestError) -> str:
    return f"is not read: {error}; open it in the shop, mend or delete it"


def _is_last(answer: Answer, n_found: int, page: int, per_page: int) -> bool:
    """Return whether no page follows.

    WooCommerce leaves out of a page what it cannot show, as what a plug-in made that is off, and does not fill it up: a
    short page is the last one only where the number of all says so, or nothing does.
    """
    return n_found < per_page and (answer.n_total is None or page * per_page >= answer.n_total)


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment // SECOND_US, UTC).strftime("%Y-%m-%dT%H:%M:%S")
