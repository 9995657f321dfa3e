"""What ``/openapi.json`` says of keys, and of the refusals that stand before every operation."""

from typing import Any

from flask_openapi3 import OpenAPI
from flask_openapi3.types import SecuritySchemesDict

from recsvc.api.admission import scope_of
from recsvc.api.problems import documented

SECURITY_SCHEMES: SecuritySchemesDict = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "rk_…, made with `recsvc keys create`."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same."},
}
_METHODS = ("get", "post", "put", "patch", "delete")


def describe_admission(app: OpenAPI) -> None:
    """Say of each operation of ``app`` which scope it needs and how it refuses; no operation may be added later."""
    for path, operations in app.api_doc["paths"].items():
        for method in _METHODS:
            if method in operations:
                _describe(operations[method], method, path)


def _describe(operation: dict[str, Any], method: str, path: str) -> None:
    scope = scope_of(method.upper(), path)
    refusals = documented(414) if scope is None else documented(401, 403, 414, 429)
    for status, response in refusals.items():
        operation["responses"].setdefault(str(status), response)
    if scope is not None:
        operation["security"] = [{name: [str(scope)]} for name in SECURITY_SCHEMES]
