"""Shopify's Admin API over HTTP on loopback, for a shop in memory: it checks each query by the schema, and runs it."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    execute_sync,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
    validate,
    visit,
)

from support.fake_shopify import SECRET, SHOP, FakeShopify, iso

SCHEMA = build_schema((Path(__file__).parent / "shopify.graphql").read_text())
for _name in ("Node",):
    SCHEMA.type_map[_name].resolve_type = lambda value, _info, _type: value["id"].split("/")[3]  # type: ignore[attr-defined]
TOKEN, CLIENT_ID = "shpat_" + "d" * 32, "e" * 32
ALL_SCOPES = ("read_orders", "read_all_orders", "read_products", "read_customers")


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


class FakeAdminApi:
    """The interface of a shop, for the length of a ``with``.

    A bulk operation reads what is there when it begins, without the orders in ``unindexed``. ``status`` is that
    of a new operation after ``polls`` looks at it; ``before`` may answer in place of the shop.
    """

    def __init__(self, shop: FakeShopify) -> None:
        self.shop = shop
        self.scopes: tuple[str, ...] = ALL_SCOPES
        self.version = "2026-10"
        self.status, self.error_code, self.polls = "COMPLETED", None, 1
        self.operations: dict[str, dict[str, Any]] = {}
        self.queries: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.unindexed: set[int] = set()
        self.looks: dict[str, int] = {}
        self.subscriptions: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.file_headers: list[dict[str, str]] = []
        self.before: Callable[[str], tuple[int, Any] | None] = lambda _query: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "FakeAdminApi":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(api: "FakeAdminApi") -> type[BaseHTTPRequestHandler]:  # noqa: N805 - ``self`` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, value = api.answer(self.path, body, self.headers.get("X-Shopify-Access-Token"))
                self._send(status, json.dumps(value).encode())

            def do_GET(self) -> None:
                api.file_headers.append(dict(self.headers))
                found = api.files.get(self.path)
                self._send(404 if found is None else 200, found or b"")

            def _send(self, status: int, content: bytes) -> None:
                self.send_response(status)
                for name, text in (
                    ("X-Shopify-API-Version", api.version),
                    ("Content-Length", str(len(content))),
                ):
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler

    def answer(self, path: str, body: dict[str, Any], token: str | None) -> tuple[int, Any]:
        if path == "/admin/oauth/access_token":
            is_right = body == {
                "grant_type": "client_credentials",
                "client_id": CLIENT_ID,
                "client_secret": SECRET,
            }
            return (
                (200, {"access_token": TOKEN, "expires_in": 86399})
                if is_right
                else (400, {"error": "invalid"})
            )
        if path != "/admin/api/2026-10/graphql.json":
            return 404, {"errors": "Not Found"}
        if token != TOKEN:
            return 401, {"errors": "[API] Invalid API key or access token"}
        query = body["query"]
        self.asked.append(query)
        early = self.before(query)
        if early is not None:
            return early
        document = parse(query)
        problems = validate(SCHEMA, document)
        if problems:
            return 200, {"errors": [{"message": one.message} for one in problems]}
        done = execute_sync(SCHEMA, document, self._root(), variable_values=body["variables"])
        return 200, json.loads(json.dumps(done.formatted))

    def _root(self) -> dict[str, Any]:
        return {
            "shop": {"myshopifyDomain": SHOP, "currencyCode": "EUR"},
            "currentAppInstallation": {"accessScopes": [{"handle": one} for one in self.scopes]},
            "orders": lambda _info, query="": {"edges": [{"node": one} for one in self._orders(query)]},
            "products": lambda _info: {
                "edges": [{"node": admin_product(one)} for one in self.shop.products.values()]
            },
            "node": lambda _info, id: self._look(id),  # noqa: A006 - the name in the schema
            "nodes": lambda _info, ids: [self._node(one) for one in ids],
            "webhookSubscriptions": lambda _info, **_page: {
                "nodes": self.subscriptions,
                "pageInfo": {"hasNextPage": False, "endCursor": None},
            },
            "bulkOperationRunQuery": lambda _info, query, **_more: self._run(query),
            "webhookSubscriptionCreate": lambda _info, topic, **given: self._subscribe(topic, given),
        }

    def _orders(self, search: str) -> Iterator[dict[str, Any]]:
        found = re.fullmatch(r"(created|updated)_at:>='(.+)'|", search)
        assert found, f"the fake does not know the search {search!r}"
        for one in self.shop.orders.values():
            field = one[f"{found[1]}_at"] if found[1] else None
            is_wanted = field is None or datetime.fromisoformat(field) >= datetime.fromisoformat(found[2])
            if self._is_shown(one) and one["id"] not in self.unindexed and is_wanted:
                yield admin_order(one)

    def _is_shown(self, order: dict[str, Any]) -> bool:
        oldest = self.shop.now - timedelta(days=60)
        return "read_all_orders" in self.scopes or datetime.fromisoformat(order["created_at"]) >= oldest

    def _node(self, wanted: str) -> dict[str, Any] | None:
        order = self.shop.orders.get(int(wanted.rpartition("/")[2]))
        return {"id": wanted} if order and self._is_shown(order) else None

    def _run(self, query: str) -> dict[str, Any]:
        problems = [*validate(SCHEMA, parse(query)), *_bulk_problems(parse(query))]
        if problems:
            error = {"code": "INVALID", "field": ["query"], "message": str(problems[0])}
            return {"bulkOperation": None, "userErrors": [error]}
        name = gid("BulkOperation", self.shop.number())
        self.queries[name], self.looks[name] = query, 0
        self.contents[name] = self.file_of(query)
        made = {"id": name, "status": "CREATED", "createdAt": iso(self.shop.now), "objectCount": "0"}
        self.operations[name] = made
        return {"bulkOperation": made, "userErrors": []}

    def _look(self, name: str) -> dict[str, Any] | None:
        operation = self.operations.get(name)
        if operation is None:
            return None
        self.looks[name] += 1
        if self.looks[name] < self.polls:
            return operation | {"status": "RUNNING", "objectCount": "1"}
        if operation["status"] == "CREATED":
            operation |= {"status": self.status, "errorCode": self.error_code}
            content = self.contents[name]
            path = f"/files/{name.rpartition('/')[2]}?X-Goog-Signature=secret"
            self.files[path] = content
            where = "url" if self.status == "COMPLETED" else "partialDataUrl"
            operation |= {where: f"{self.url}{path}" if content else None}
            operation |= {"objectCount": str(content.count(b"\n")), "fileSize": str(len(content))}
        return operation

    def file_of(self, query: str) -> bytes:
        """Return the file of a bulk operation that somebody runs by hand."""
        assert not validate(SCHEMA, parse(query))
        return "".join(f"{json.dumps(one)}\n" for one in self._lines(query)).encode()

    def _lines(self, query: str) -> list[dict[str, Any]]:
        done = execute_sync(SCHEMA, parse(query), self._root())
        assert not done.errors, done.errors
        lines = [line for found in (done.data or {}).values() for line in _flat(found, None)]
        Random(3).shuffle(lines)  # noqa: S311 - no order is promised; the same each time
        return lines

    def _subscribe(self, topic: str, given: dict[str, Any]) -> dict[str, Any]:
        made = {"id": gid("WebhookSubscription", self.shop.number()), "topic": topic}
        self.subscriptions.append(made | given["webhookSubscription"])
        return {"webhookSubscription": made, "userErrors": []}


def _flat(connection: dict[str, Any], parent: str | None) -> Iterator[dict[str, Any]]:
    for edge in connection["edges"]:
        node = edge["node"]
        nested = [value for value in node.values() if isinstance(value, dict) and "edges" in value]
        line = {
            name: value for name, value in node.items() if not (isinstance(value, dict) and "edges" in value)
        }
        yield line if parent is None else line | {"__parentId": parent}
        for one in nested:
            yield from _flat(one, node["id"])


class _BulkRules(Visitor):
    """Shopify's rules for queries in bulk: five connections, two levels, an id above each, and none within a list."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.problems, self.n_connections = types, [], 0
        self._within: list[str] = []

    def enter_field(self, node: FieldNode, *_rest: object) -> None:
        type_ = self.types.get_type()
        named = "" if type_ is None else str(get_named_type(type_))
        if named.endswith("Connection"):
            self.n_connections += 1
            if self.n_connections > 5 or self._within.count("connection") > 2:
                self.problems.append("Bulk queries cannot contain more than 5 connections, nested twice.")
            if "list" in self._within:
                self.problems.append(
                    "Queries that contain a connection field within a list field are not supported."
                )
            self._within.append("connection")
        else:
            is_list = (
                type_ is not None and is_list_type(get_nullable_type(type_)) and node.name.value != "edges"
            )
            self._within.append("list" if is_list else "")
        if node.name.value == "node":
            chosen = [one.name.value for one in node.selection_set.selections if isinstance(one, FieldNode)]  # type: ignore[union-attr]
            if "id" not in chosen:
                self.problems.append(
                    "The parent 'node' field for a nested connection must select the 'id' field."
                )

    def leave_field(self, *_rest: object) -> None:
        self._within.pop()


def _bulk_problems(document: DocumentNode) -> list[str]:
    types = TypeInfo(SCHEMA)
    rules = _BulkRules(types)
    visit(document, TypeInfoVisitor(types, rules))
    return rules.problems


def admin_order(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order as the interface has it."""
    lines = [_line(one) for one in order["line_items"]]
    customer = order["customer"]
    return {
        "id": gid("Order", order["id"]), "name": order["name"], "createdAt": order["created_at"],
        "processedAt": order["processed_at"], "updatedAt": order["updated_at"], "cancelledAt": order["cancelled_at"],
        "test": order["test"], "displayFinancialStatus": order["financial_status"].upper(), "email": order["email"],
        "phone": order["phone"], "customer": customer and {"id": gid("Customer", customer["id"])},
        "currentSubtotalLineItemsQuantity": sum(one["currentQuantity"] for one in lines),
        "refunds": [{"id": gid("Refund", one["id"]), "createdAt": one["created_at"]} for one in order["refunds"]],
        "lineItems": {"edges": [{"node": one} for one in lines]},
    }  # fmt: skip


def _line(line: dict[str, Any]) -> dict[str, Any]:
    product, variant = line["product_id"], line["variant_id"]
    prices = line["price_set"]
    return {
        "id": gid("LineItem", line["id"]), "name": line["name"], "title": line["title"], "sku": line["sku"],
        "quantity": line["quantity"], "currentQuantity": line["current_quantity"],
        "product": product and {"id": gid("Product", product)},
        "variant": variant and {"id": gid("ProductVariant", variant)},
        "originalUnitPriceSet": {
            name: {"amount": prices[of]["amount"], "currencyCode": prices[of]["currency_code"]}
            for name, of in (("shopMoney", "shop_money"), ("presentmentMoney", "presentment_money"))
        },
    }  # fmt: skip


def admin_product(product: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product as the interface has it."""
    names = [one["name"] for one in product["options"]]
    variants = [
        {
            "id": gid("ProductVariant", one["id"]), "sku": one["sku"], "price": one["price"],
            "inventoryPolicy": one["inventory_policy"].upper(), "inventoryQuantity": one["inventory_quantity"],
            "inventoryItem": {"tracked": one["tracked"]}, "image": None,
            "selectedOptions": [
                {"name": name, "value": one[f"option{place}"]} for place, name in enumerate(names, 1)
            ],
        }
        for one in product["variants"]
    ]  # fmt: skip
    return {
        "id": gid("Product", product["id"]), "title": product["title"], "handle": product["handle"],
        "status": product["status"].upper(), "vendor": product["vendor"], "productType": product["product_type"],
        "tags": product["tags"].split(", "), "publishedAt": product["published_at"],
        "updatedAt": product["updated_at"], "category": {"fullName": product["category"]["full_name"]},
        "featuredMedia": {"preview": {"image": {"url": product["image"]["src"]}}},
        "variantsCount": {"count": len(variants)}, "variants": {"edges": [{"node": one} for one in variants]},
    }  # fmt: skip
