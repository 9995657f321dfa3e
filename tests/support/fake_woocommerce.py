"""A shop that answers as WooCommerce's REST interface does, over HTTP on loopback, and sends webhooks."""

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY, SECRET = "ck_" + "a" * 40, "cs_" + "b" * 40
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
"""The shop's clock begins here."""


def gmt(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


class FakeShop:
    """Orders, products and refunds in memory; what changes one puts a webhook into ``queue``.

    ``refunds_touch`` says whether a refund changes the time of its order, as it does not in every version. Pages are
    without what is ``unshown`` and not filled up, lists without orders in a status that is ``unlisted``, and what is
    ``broken`` makes the shop fail.
    """

    def __init__(self, refunds_touch: bool = False) -> None:
        self.now = START
        self.refunds_touch = refunds_touch
        self.orders: dict[int, dict[str, Any]] = {}
        self.refunds: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        self.trash: dict[int, dict[str, Any]] = {}
        self.products: dict[int, dict[str, Any]] = {}
        self.variations: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        self.categories = [
            {"id": 1, "name": "Kitchen", "parent": 0},
            {"id": 2, "name": "Baking &amp; Co", "parent": 1},
        ]
        self.hooks: list[dict[str, Any]] = []
        self.queue: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.before: Callable[[str], tuple[int, dict[str, str]] | None] = lambda _path: None
        self.takes_header = True
        self.currency = "EUR"
        self.unshown: set[int] = set()
        self.unlisted: set[str] = set()
        self.broken: set[int] = set()
        self._number = 100

    def _next(self) -> int:
        self._number += 1
        return self._number

    def product(self, sku: str = "", **fields: Any) -> dict[str, Any]:
        number = self._next()
        product = {
            "id": number, "name": f"Thing &amp; {sku or number}", "type": "simple", "status": "publish",
            "catalog_visibility": "visible", "sku": sku, "price": "5.50", "regular_price": "5.50", "sale_price": "",
            "date_on_sale_from_gmt": None, "date_on_sale_to_gmt": None, "purchasable": True, "parent_id": 0,
            "stock_status": "instock", "manage_stock": False, "stock_quantity": None, "tags": [], "attributes": [],
            "categories": [{"id": 2, "name": "Baking &amp; Co"}], "permalink": f"https://shop.example/p/{number}/",
            "images": [{"src": f"https://shop.example/{number}.jpg"}], "date_modified_gmt": gmt(self.now),
        }  # fmt: skip
        self.products[number] = product | fields
        self.queue.append(("product.created", deepcopy(self.products[number])))
        return self.products[number]

    def order(self, *lines: tuple[str, int], status: str = "processing", **fields: Any) -> int:
        """Place an order of SKUs and pieces; each costs 2.00 without tax."""
        number = self._next()
        self.orders[number] = {
            "id": number, "number": str(number), "status": status, "prices_include_tax": False,
            "date_created_gmt": gmt(self.now), "date_modified_gmt": gmt(self.now), "date_paid_gmt": None,
            "currency": "EUR", "customer_id": 0, "billing": {"email": "Anna@Shop.example", "phone": ""}, "refunds": [],
            "line_items": [
                {"id": self._next(), "name": f"Thing {sku}", "product_id": 7, "variation_id": 0, "quantity": pieces,
                 "sku": sku, "total": f"{2 * pieces:.2f}", "total_tax": "0.00", "meta_data": []}
                for sku, pieces in lines
            ],
        } | fields  # fmt: skip
        self.queue.append(("order.created", deepcopy(self.orders[number])))
        return number

    def refund(self, number: int, line: int = 0, pieces: int = 1) -> None:
        self.tick()
        item = self.orders[number]["line_items"][line]
        refund = {
            "id": self._next(), "parent_id": number, "date_created_gmt": gmt(self.now), "amount": "2.00",
            "line_items": [
                {"id": self._next(), "product_id": 7, "variation_id": 0, "quantity": -pieces,
                 "total": f"-{2 * pieces:.2f}", "meta_data": [{"key": "_refunded_item_id", "value": str(item["id"])}]}
            ],
        }  # fmt: skip
        self.refunds[number].append(refund)
        self.orders[number]["refunds"].append({"id": refund["id"], "reason": "", "total": "-2.00"})
        if self.refunds_touch:
            self.orders[number]["date_modified_gmt"] = gmt(self.now)
        self.queue.append(("order.updated", deepcopy(self.orders[number])))

    def change(self, number: int, **fields: Any) -> None:
        self.tick()
        self.orders[number] |= {**fields, "date_modified_gmt": gmt(self.now)}
        self.queue.append(("order.updated", deepcopy(self.orders[number])))

    def delete(self, number: int, *, for_good: bool = False) -> None:
        self.tick()
        gone = self.orders.pop(number)
        if not for_good:
            self.trash[number] = gone | {"status": "trash", "date_modified_gmt": gmt(self.now)}
            self.queue.append(("order.deleted", {"id": number}))

    def tick(self, **passed: float) -> None:
        self.now += timedelta(**(passed or {"seconds": 1}))

    def bought(self) -> dict[tuple[str, str], float]:
        """Return what was bought and kept: (order, item) -> pieces."""
        found: dict[tuple[str, str], float] = {}
        for number, order in self.orders.items():
            back: defaultdict[str, float] = defaultdict(float)
            for refund in self.refunds[number]:
                for part in refund["line_items"]:
                    back[part["meta_data"][0]["value"]] += part["quantity"]
            for line in order["line_items"]:
                left = line["quantity"] + back[str(line["id"])]
                if left > 0 and order["status"] in ("processing", "completed"):
                    found[str(number), line["sku"]] = left
        return found

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any, int]:
        """Return status, JSON and how many entries there are on all pages."""
        parts = path.removeprefix("/wp-json/wc/v3/").split("/")
        match parts:
            case ["orders"]:
                found = self._orders(query)
            case ["orders", number]:
                order = (self.orders | self.trash).get(int(number))
                return (404, {"code": "invalid_id"}, 0) if order is None else self._one(order)
            case ["data", "currencies", "current"]:
                return 200, {"code": self.currency}, 0
            case ["orders", number, "refunds"]:
                found = self.refunds[int(number)]
            case ["products", "categories"]:
                found = self.categories
            case ["products"]:
                found = _included([one for _, one in sorted(self.products.items())], query)
            case ["products", number, "variations"]:
                found = self.variations[int(number)]
            case ["webhooks"]:
                found = self.hooks
            case _:
                return 404, {"code": "rest_no_route", "message": "No route was found"}, 0
        return self._page(found, query)

    def _orders(self, query: dict[str, str]) -> list[dict[str, Any]]:
        field = "date_modified_gmt" if query.get("orderby") == "modified" else "date_created_gmt"
        chosen = self.trash if query.get("status") == "trash" else self.orders
        found = [one for one in chosen.values() if one["status"] not in self.unlisted]
        for name, of in (("after", "date_created_gmt"), ("modified_after", "date_modified_gmt")):
            found = [one for one in found if one[of] > query.get(name, "")]
        return _included(sorted(found, key=lambda one: (one[field], one["id"])), query)

    def _one(self, found: dict[str, Any]) -> tuple[int, Any, int]:
        if found["id"] in self.broken:
            return 500, {"code": "internal_server_error", "message": "There has been a critical error"}, 0
        return 200, found, 0

    def _page(self, found: list[dict[str, Any]], query: dict[str, str]) -> tuple[int, Any, int]:
        per_page, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if per_page > 100:
            return 400, {"code": "rest_invalid_param", "message": "per_page"}, 0
        shown = found[(page - 1) * per_page : page * per_page]
        for one in shown:
            if one["id"] in self.broken:
                return self._one(one)
        return 200, [one for one in shown if one["id"] not in self.unshown], len(found)


def _included(found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    ids = query.get("include")
    return found if ids is None else [one for one in found if str(one["id"]) in ids.split(",")]


class FakeShopServer:
    """The shop on a port of loopback, for the length of a ``with``."""

    def __init__(self, shop: FakeShop) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*_answered(shop, self.path, self.headers.get("Authorization", "")))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                shop.hooks.append({**body, "id": len(shop.hooks) + 1})
                self._answer(201, body, {})

            def do_PUT(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                shop.hooks[int(self.path.rpartition("/")[2]) - 1] |= body
                self._answer(200, body, {})

            def _answer(self, status: int, value: Any, headers: dict[str, str]) -> None:
                content = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                for name, text in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "FakeShopServer":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _answered(shop: FakeShop, target: str, authorization: str) -> tuple[int, Any, dict[str, str]]:
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    shop.asked.append(f"{parts.path}?{parts.query}")
    refused = shop.before(target)
    if refused is not None:
        return refused[0], {"code": "later", "message": "not now"}, refused[1]
    expected = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    if authorization != expected:
        return 401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry"}, {}
    status, value, total = shop.answer(parts.path, query)
    return status, value, {"X-WP-Total": str(total)}
