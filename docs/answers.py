"""Asks each operation of the interface once and keeps what is answered, for the page of the interface.

``make demo ONCE=1``, then ``python -m docs.answers demo/models``: a copy of what the demo left is asked, and
``docs/reference/answers.json`` written. A test holds each request and answer against what the code says now.
"""

import hmac
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from pydantic import SecretStr

from recsvc.app import EXTENSION, create_app
from recsvc.connect.shopify.app_proxy import proxy_signature
from recsvc.connect.signature import signature_of
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.web.demo.shoppers import returning_shoppers

KEPT = Path(__file__).parent / "reference" / "answers.json"
SHOWN_ENTRIES, MOST_FIELDS, SHOWN_FIELDS = 2, 24, 3
"""Of a long list or a table in an answer, so many entries are shown; "…" stands for the others."""

CUT = "…"
FIGURES = "metrics"
WIDTH = 118

SECRET = "secret-of-the-shop-in-these-answers"  # noqa: S105 - of the copy alone
SHOPIFY_SHOP = "acme.myshopify.com"
EXPERIMENT = {
    "placement": "discover",
    "variants": [
        {"name": "as_now", "share": 0.5, "kind": "control"},
        {"name": "what_sells", "share": 0.5, "kind": "placement", "placement": "trending"},
    ],
}


@dataclass(frozen=True)
class Answered:
    """A request and its answer.

    Attributes:
        path: with the query string.
        body: of the request, as JSON; None for none.
        status: of HTTP.
        answer: as JSON, long lists cut; None where none came.
    """

    path: str
    body: Any
    status: int
    answer: Any


class Asking:
    """Asks a service; ``answered`` holds what came, by the operation."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.answered: dict[str, Answered] = {}

    def ask(self, operation: str, path: str, body: Any = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Ask once; return what was answered, whole. Raises RuntimeError where it was refused."""
        method = operation.partition(" ")[0]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        named |= {} if body is None else {"Content-Type": "application/json"}
        answer = self._client.open(path, method=method, headers=named, data=data)
        if answer.status_code >= 400:
            raise RuntimeError(f"{operation} answered {answer.status_code}: {answer.text}")
        self.answered[operation] = Answered(
            path, body, answer.status_code, shortened(answer.get_json(silent=True))
        )
        return answer.get_json(silent=True)


def shortened(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return ``value`` with but the first entries of each long list or table, and without the figures of a run."""
    if isinstance(value, dict):
        value = {name: {CUT: CUT} if name == FIGURES else one for name, one in value.items()}
        fields = list(value.items())
        is_long = len(fields) > MOST_FIELDS
        shown = {name: shortened(one) for name, one in fields[: SHOWN_FIELDS if is_long else None]}
        return {**shown, CUT: CUT} if is_long else shown
    if isinstance(value, list):
        cut = [CUT] if len(value) > SHOWN_ENTRIES else []
        return [*map(shortened, value[:SHOWN_ENTRIES]), *cut]
    return value


Ask = Callable[..., Any]


def ask_all(client: FlaskClient, model: Model) -> dict[str, Answered]:
    """Ask for everything; return what came, by the operation."""
    asking = Asking(client)
    shoppers = [model.users.id_of(index) for index in returning_shoppers(model, 30)]
    item = model.items.id_of(0)
    _lists(asking.ask, shoppers[0], item)
    _shop(asking.ask, item)
    _experiments(asking.ask)
    _offers(asking.ask, shoppers)
    _shoppers(asking.ask, shoppers[0], shoppers[1])
    return dict(sorted(asking.answered.items()))


def _lists(ask: Ask, shopper: str, item: str) -> None:
    path = f"/v1/recommend?user_id={quote(shopper)}&n=2&fields=title,price"
    made = ask("GET /v1/recommend", path)
    others = [one["item_id"] for one in made["items"]]
    ask("POST /v1/recommend", "/v1/recommend", {"placement": "similar", "item_id": [item], "n": 2})
    placements = [{"name": "for_you", "n": 2}, {"name": "trending", "n": 2}]
    ask("POST /v1/recommend/page", "/v1/recommend/page", {"user_id": shopper, "placements": placements})
    ask("POST /v1/rank", "/v1/rank", {"user_id": shopper, "item_ids": [item, *others]})
    ask("GET /v1/explain", f"/v1/explain?user_id={quote(shopper)}&item_id={quote(others[0])}")
    events = [
        {"type": "click", "user_id": shopper, "item_id": others[0], "position": 1}
        | {"recommendation_id": made["recommendation_id"]},
        {"type": "purchase", "user_id": shopper, "item_id": others[0], "order_id": "A-1001"}
        | {"unit_price": 12.5, "event_id": "A-1001/1"},
    ]
    ask("POST /v1/events", "/v1/events", {"events": events})


def _shop(ask: Ask, item: str) -> None:
    for path in ("/health/live", "/health/ready", "/v1/model", "/v1/performance"):
        ask(f"GET {path.partition('?')[0]}", path)
    fields = {"title": "Blue mug", "price": 9.9, "url": "/blue-mug", "categories": ["Kitchen"]}
    ask("PUT /v1/items/{item_id}", "/v1/items/MUG-1", fields)
    ask("PATCH /v1/items/{item_id}", "/v1/items/MUG-1", {"in_stock": False})
    ask("GET /v1/items/{item_id}", "/v1/items/MUG-1")
    ask("DELETE /v1/items/{item_id}", "/v1/items/MUG-1")
    ask("POST /v1/items", "/v1/items", {"items": [{"item_id": "a/moment", **fields}]})
    ask("GET /v1/items", "/v1/items?item_id=a%2Fmoment")
    ask("DELETE /v1/items", "/v1/items?item_id=a%2Fmoment")
    ask("GET /v1/items/{item_id}/audience", f"/v1/items/{quote(item)}/audience?n=2&precision=0.2")
    ask("POST /v1/audiences", "/v1/audiences", {"item_ids": [item], "n": 2})
    rules = {"base": "for_you", "boosts": [{"when": "price < 20", "factor": 1.2}]}
    ask("PUT /v1/placements/{name}", "/v1/placements/mail", rules)
    ask("GET /v1/placements/{name}", "/v1/placements/mail")
    ask("GET /v1/placements", "/v1/placements")
    ask("DELETE /v1/placements/{name}", "/v1/placements/mail")
    body = {"id": 7, "name": "Blue mug", "sku": "MUG-2", "status": "publish", "catalog_visibility": "visible"}
    body |= {"type": "simple", "price": "9.90", "stock_status": "instock"}
    signature = signature_of(json.dumps(body).encode(), SECRET)
    signed = {"X_WC_Webhook_Topic": "product.updated", "X_WC_Webhook_Signature": signature}
    ask("POST /v1/hooks/woocommerce", "/v1/hooks/woocommerce", body, **signed)
    body = {"id": 8, "title": "Green mug", "handle": "green-mug", "status": "active", "variants": []}
    signed = {
        "X_Shopify_Topic": "products/create",
        "X_Shopify_Shop_Domain": SHOPIFY_SHOP,
        "X_Shopify_Hmac_Sha256": signature_of(json.dumps(body).encode(), SECRET),
    }
    ask("POST /v1/hooks/shopify", "/v1/hooks/shopify", body, **signed)
    asked = {"placement": "trending", "n": "1", "shop": SHOPIFY_SHOP, "logged_in_customer_id": ""}
    asked |= {"path_prefix": "/apps/recs", "timestamp": str(int(time.time()))}
    asked["signature"] = proxy_signature({name: [value] for name, value in asked.items()}, SECRET)
    ask("GET /v1/proxy/shopify", f"/v1/proxy/shopify?{urlencode(asked)}")


def _experiments(ask: Ask) -> None:
    ask("PUT /v1/experiments/{name}", "/v1/experiments/varied", EXPERIMENT)
    ask("GET /v1/experiments/{name}", "/v1/experiments/varied")
    ask("GET /v1/experiments", "/v1/experiments")
    ask("GET /v1/experiments/{name}/results", "/v1/experiments/varied/results")
    ask("DELETE /v1/experiments/{name}", "/v1/experiments/varied")


def _offers(ask: Ask, shoppers: Sequence[str]) -> None:
    benefit = {"title": "Free shipping this week", "cost": 4.9, "budget": 500, "when": "shopper.orders >= 1"}
    ask("PUT /v1/benefits/{name}", "/v1/benefits/free_shipping", benefit)
    ask("GET /v1/benefits/{name}", "/v1/benefits/free_shipping")
    ask("GET /v1/benefits", "/v1/benefits")
    for shopper in shoppers:
        offer = ask("GET /v1/offers", f"/v1/offers?user_id={quote(shopper)}")["offer"]
        if offer is not None:
            break
    ends = int(time.time()) + 600
    token = f"{ends}.{hmac.new(SECRET.encode(), f'{ends}.{shopper}'.encode(), 'sha256').hexdigest()}"
    ask("POST /v1/offers", "/v1/offers", {"user_id": shopper, "token": token})
    ask("POST /v1/offers/{offer_id}/taken", f"/v1/offers/{offer['offer_id']}/taken", {"cost": 4.9})
    ask("DELETE /v1/benefits/{name}", "/v1/benefits/free_shipping")


def _shoppers(ask: Ask, shopper: str, other: str) -> None:
    path = f"/v1/users/{quote(shopper)}"
    ask("GET /v1/users/{user_id}/moment", f"{path}/moment")
    ask("POST /v1/users/{user_id}/merge", f"{path}/merge", {"from_session_id": "visit-7"})
    ask("PUT /v1/users/{user_id}/profiling", f"{path}/profiling", {"allowed": False})
    ask("GET /v1/users/{user_id}", path)
    ask("GET /v1/users", f"/v1/users?user_id={quote(shopper)}")
    ask("DELETE /v1/users/{user_id}", path)
    ask("DELETE /v1/users", f"/v1/users?user_id={quote(other)}")


def kept() -> dict[str, Answered]:
    """Return what was answered when it was asked last, by the operation."""
    return {operation: Answered(**one) for operation, one in json.loads(KEPT.read_text()).items()}


def shown(answered: Answered, method: str) -> str:
    """Return a request and its answer as text, lines of at most ``WIDTH`` characters where that can be."""
    asked = f"{method} {answered.path}"
    parts = [asked if answered.body is None else f"{asked}\n{laid_out(answered.body)}"]
    parts.append(f"{answered.status} {HTTPStatus(answered.status).phrase}")
    if answered.answer is not None:
        parts.append(laid_out(answered.answer))
    return "\n".join(parts)


def laid_out(value: Any, indent: str = "", before: int = 0) -> str:  # noqa: ANN401 - JSON
    """Return JSON in as few lines as there is room for; ``before``: characters in front of it in its first line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + before + len(flat) <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = f"{indent} "
    if isinstance(value, list):
        return f"[{_filled([laid_out(one, inner) for one in value], inner)}]"
    names = {name: json.dumps(name, ensure_ascii=False) for name in value}
    fields = [f"{names[name]}: {laid_out(one, inner, len(names[name]) + 2)}" for name, one in value.items()]
    return f"{{{_filled(fields, inner)}}}"


def _filled(parts: Sequence[str], indent: str) -> str:
    """Return the parts of a list or object, several in a line where they fit."""
    lines = [parts[0]]
    for part in parts[1:]:
        if "\n" not in lines[-1] + part and len(indent) + len(lines[-1]) + len(part) + 3 <= WIDTH:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return f",\n{indent}".join(lines)


def main() -> None:
    """Ask a copy of what is served from the directory that the command line names."""
    with TemporaryDirectory() as room:
        directory = Path(shutil.copytree(sys.argv[1], Path(room) / "models"))
        settings = Settings(
            models_dir=directory,
            log_level="error",
            woocommerce_hook_secret=SecretStr(SECRET),
            shopper_secret=SecretStr(SECRET),
            shopify_shop=SHOPIFY_SHOP,
            shopify_user_id="customer_id",
            shopify_client_secret=SecretStr(SECRET),
        )
        app = create_app(settings)
        try:
            answered = ask_all(app.test_client(), Registry(directory).load().model)
        finally:
            app.extensions[EXTENSION].close()
    kept = {operation: asdict(one) for operation, one in answered.items()}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
