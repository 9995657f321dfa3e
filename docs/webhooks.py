"""The section of the reference on what is sent to the shop's own systems."""

from collections.abc import Mapping
from typing import Any

from docs.tables import table

HEAD = """## Webhooks

What the service posts to `RECSVC_WEBHOOKS_URL` ([webhooks](../guides/webhooks.md)): an object with `type`, `timestamp`,
when it happened, and `data`. `/openapi.json` has the schemas under `webhooks`."""


def webhook_section(webhooks: Mapping[str, dict[str, Any]]) -> str:
    """Return the section; ``webhooks`` are their operations in the OpenAPI document, by their types."""
    rows = [(f"`{kind}`", f"{one['summary']}.", _data(one)) for kind, one in webhooks.items()]
    first = next(iter(webhooks.values()))
    headers = [(f"`{one['name']}`", one["description"]) for one in first["parameters"]]
    answers = [(status, one["description"]) for status, one in first["responses"].items()]
    return "\n\n".join(
        [
            HEAD,
            table(("type", "when", "data"), rows),
            table(("header", ""), headers),
            table(("answer of the receiver", ""), answers) + "\n",
        ]
    )


def _data(operation: Mapping[str, Any]) -> str:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    name = schema["properties"]["data"]["$ref"].rsplit("/", 1)[-1]
    return f"[{name}](#{name.lower()})"
