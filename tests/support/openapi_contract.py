"""Holds requests and answers to what a service publishes at ``/openapi.json``."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator

from support.recording_proxy import Exchange


class Contract:
    """What a service says of itself."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self._openapi = openapi

    def call_of(self, exchange: Exchange) -> str:
        """Return the operation of an exchange, as ``GET /v1/users/{user_id}``."""
        path = urlsplit(exchange.target).path
        fits = [one for one in self._openapi["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)]
        exact = [one for one in fits if one == path] or fits
        assert exact, f"the service has no path {path}"
        return f"{exchange.method} {exact[0]}"

    def check(self, exchange: Exchange) -> None:
        """Fail unless the service describes the request and the answer."""
        call = self.call_of(exchange)
        method, path = call.split(" ")
        operation = self._openapi["paths"][path].get(method.lower())
        assert operation is not None, f"the service has no {call}"
        self._check_query(call, operation, parse_qs(urlsplit(exchange.target).query, keep_blank_values=True))
        described = operation.get("requestBody")
        assert (described is None) == (exchange.sent is None), f"{call}: only what is described has a body"
        if described is not None:
            self._check_value(call, described["content"]["application/json"]["schema"], exchange.sent)
        answer = operation["responses"].get(str(exchange.status))
        assert answer is not None, f"{call} answers {exchange.status}, which is not described"
        for kind, content in answer.get("content", {}).items():
            assert kind.endswith("json")
            self._check_value(call, content["schema"], exchange.answered)

    def _check_query(self, call: str, operation: Mapping[str, Any], sent: dict[str, list[str]]) -> None:
        known = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
        assert sent.keys() <= known.keys(), f"{call} takes no {sent.keys() - known.keys()}"
        missing = {name for name, one in known.items() if one.get("required")} - sent.keys()
        assert not missing, f"{call} needs {missing}"
        for name, values in sent.items():
            schema = known[name]["schema"]
            is_list = "array" in (schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ())))
            self._check_value(f"{call} {name}", schema, values if is_list else _read(values[0]))

    def _check_value(self, what: str, schema: Mapping[str, Any], value: Any) -> None:
        whole = {**schema, "components": self._openapi["components"]}
        errors = [error.message for error in Draft202012Validator(whole).iter_errors(value)]
        assert not errors, f"{what}: {errors}"


def _read(text: str) -> Any:
    """Return a value of a query string as JSON would have it."""
    return int(text) if text.isdecimal() else {"true": True, "false": False}.get(text, text)
