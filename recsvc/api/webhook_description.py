"""The webhooks that the service sends, as the description of the API has them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from recsvc.webhooks.occasion import PING, Kind
from recsvc.webhooks.payload import DATA

SUMMARIES: Mapping[str, str] = {
    Kind.BACK_IN_STOCK: "An item that the shopper looked at or wished for is back in stock",
    Kind.PRICE_DROP: "An item that the shopper looked at or wished for costs less than they saw",
    Kind.DUE: "A quarter of shoppers like this one have ordered again by now",
    Kind.LATE: "Three quarters of shoppers like this one have ordered again by now",
    Kind.LOST: "The shopper is not expected to order again",
    PING: "Somebody tries the receiver by `recsvc webhooks test`",
}

_REFERENCE = "#/components/schemas/{model}"
_HEADERS: Mapping[str, str] = {
    "webhook-id": "The same at each try: take it once.",
    "webhook-timestamp": "When it was tried, in seconds since 1970.",
    "webhook-signature": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64; several, with blanks between, "
    "while the secret changes.",
}
_ANSWERS: Mapping[str, str] = {
    "2XX": "Taken; what the answer says is not read.",
    "410": "No webhooks are wanted any more: sending ends until it is switched on again.",
    "429": "Later: `Retry-After` is kept to. So it is with any other status.",
}


def add_webhooks(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document with the webhooks in it."""
    models: set[type[BaseModel]] = set(DATA.values())
    _, found = models_json_schema(
        [(model, "serialization") for model in sorted(models, key=lambda one: one.__name__)],
        ref_template=_REFERENCE,
    )
    components = document.get("components", {})
    schemas = {**components.get("schemas", {}), **found["$defs"]}
    return {
        **document,
        "components": {**components, "schemas": schemas},
        "webhooks": {kind: {"post": _operation(kind, model)} for kind, model in DATA.items()},
    }


def _operation(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": str(kind)},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": {"$ref": _REFERENCE.format(model=model.__name__)},
        },
    }
    return {
        "operationId": f"webhook_{kind.replace('.', '_')}",
        "summary": SUMMARIES[kind],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": about,
                "schema": {"type": "string"},
            }
            for name, about in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {status: {"description": about} for status, about in _ANSWERS.items()},
    }
