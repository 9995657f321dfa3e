"""The operations of ``/openapi.json``, asked with ids wherever one fits, and answers without what is never the same."""

import random
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from support.shops import BOOKS, GARDEN, HOSTS, Answer, TwoShops

PREFIX = f"/shops/{GARDEN}"


def unknown(ids: dict[str, str]) -> dict[str, str]:
    """Return ids that no shop has, of the same form."""
    changed = {name: re.sub("^b-", "q-", value) for name, value in ids.items()}
    letters = list(ids["recommendation_id"])
    random.Random(1).shuffle(letters)  # noqa: S311 - guards nothing
    return {**changed, "version": "8", "recommendation_id": "".join(letters)}


@dataclass(frozen=True)
class Operation:
    """One of ``/openapi.json``."""

    method: str
    path: str
    description: dict[str, Any]
    schemas: dict[str, Any]

    def request(self, ids: dict[str, str], chosen: frozenset[str] | None = None) -> tuple[str, object]:
        """Return target and body with ``ids`` wherever one fits; ``chosen`` limits the optional ones."""
        path, query = self.path, list[tuple[str, str]]()
        for told in self.description.get("parameters", ()):
            name, value = told["name"], ids.get(told["name"], "b-x" if "b-tea" in ids.values() else "q-x")
            if told["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            elif name in ids and (told.get("required") or chosen is None or name in chosen):
                query.append((name, value))
        content = self.description.get("requestBody", {}).get("content", {})
        body = self._value(next(iter(content.values()))["schema"], ids, "", chosen) if content else None
        return f"{path}?{urlencode(query)}" if query else path, body

    def _value(
        self, schema: dict[str, Any], ids: dict[str, str], name: str, chosen: frozenset[str] | None
    ) -> Any:
        if "$ref" in schema:
            return self._value(self.schemas[schema["$ref"].rpartition("/")[2]], ids, name, chosen)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._value(schema[choice][0], ids, name, chosen)
        singular = name.removesuffix("s")
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array":
            return [self._value(schema.get("items", {}), ids, singular, chosen)]
        if schema.get("type") == "object" or "properties" in schema:
            required = schema.get("required", ())
            return {
                field: self._value(inner, ids, field, chosen)
                for field, inner in schema.get("properties", {}).items()
                if field in required
                or ((field in ids or field.removesuffix("s") in ids) and (chosen is None or field in chosen))
            }
        simple = {"integer": 1, "number": 0.5, "boolean": True, "null": None}
        return simple.get(schema.get("type", ""), ids.get(name, ids.get(singular, "x")))


def operations(shops: TwoShops) -> list[Operation]:
    told = shops.ask("GET", "/openapi.json").json
    found = [
        Operation(method.upper(), path, description, told["components"]["schemas"])
        for path, methods in told["paths"].items()
        for method, description in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
    assert len(found) > 25
    return found


BY_CHANCE = re.compile(r'"offer":(?:null|\{[^}]*\}),"why":"[^"]*",')
"""What is offered, which a draw decides."""

VOLATILE = re.compile(
    r'"(?:recommendation_id|receipt_id|at|created|erased_at|updated_at|since|pending_since|pending_events)": ?'
    r'"?[^,"}]*"?'
)


def told(answer: Answer, ids: dict[str, str]) -> tuple[int, str]:
    """Return status and text without what differs from answer to answer, and with ids named by their fields."""
    text = BY_CHANCE.sub("", VOLATILE.sub("", answer.text))
    for name in sorted(ids, key=lambda name: -len(ids[name])):
        if len(ids[name]) > 2:
            for spelled in (ids[name], quote(ids[name], safe="")):
                text = text.replace(spelled, f"<{name}>")
    return answer.status, re.sub(r"\b[bq]-", "<>-", re.sub(r"\d+(\.\d+)?", "#", text))


def state_of(shops: TwoShops, shop: str) -> dict[str, object]:
    """Return what a shop has, as far as requests tell."""
    users = {f"/v1/users/b-{name}" for name in ("ada", "ann", "bob")}
    paths = {
        *users,
        "/v1/placements",
        "/v1/experiments",
        "/v1/model",
        "/v1/benefits",
        "/v1/performance?group_by=placement",
    }
    return {path: (found := shops.of(shop, "GET", path)).status and told(found, {}) for path in sorted(paths)}


WAYS = (
    {"host": HOSTS[GARDEN]},
    {"prefix": PREFIX},
    {"host": "GARDEN.example.:80", "X_Forwarded_Host": HOSTS[BOOKS]},
    {},
)
"""By which the garden shop is asked; the last one by the key alone."""


def tried(
    shops: TwoShops, method: str, target: str, body: object, way: dict[str, str], key: object
) -> Answer:
    others = {name: value for name, value in way.items() if name != "prefix"}
    return shops.ask(method, way.get("prefix", "") + target, body, key=key, **others)
