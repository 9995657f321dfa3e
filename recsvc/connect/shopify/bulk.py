"""A bulk operation of the Admin API: started, waited for, and its file brought here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from recsvc.connect.json_fields import Json, moment_us, number, part, parts, text
from recsvc.connect.rest_client import CONNECT_SECONDS, READ_SECONDS
from recsvc.connect.shopify import queries
from recsvc.connect.shopify.admin_api import AdminApi
from recsvc.connect.timely_body import timely_blocks
from recsvc.errors import PlatformAwayError, PlatformError
from recsvc.settings.oidc import is_loopback

FIRST_POLL_SECONDS, LAST_POLL_SECONDS = 1.0, 30.0
GRACE_SECONDS, LEAST_BYTES_A_SECOND = 60.0, 16 * 2**10
"""A file that comes more slowly than this, after the first minute, is given up."""

MAX_FILE_BYTES = 64 * 2**30
_TRIES = 3
_UNDER_WAY = frozenset({"CREATED", "RUNNING", "CANCELING"})
_BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})
_REASONS = {
    "ACCESS_DENIED": "the app lacks a scope for it: see the scopes above, and the guide",
    "INTERNAL_SERVER_ERROR": "Shopify itself failed; run it again",
    "TIMEOUT": "it took Shopify too long; run it again, and with --since to read less",
}

OnCount = Callable[[int], None]
"""Called with how many objects Shopify has read."""


@dataclass(frozen=True)
class Operation:
    """What Shopify says of an operation.

    Attributes:
        operation_id: how Shopify calls it.
        status: ``COMPLETED``, ``RUNNING``, …
        created_at_us: when it began, by Shopify's clock, in microseconds since 1970.
        error_code: why it failed.
        n_objects: that were read until now.
        url: of the file; None where there is none, as of nothing found.
        n_bytes: of the file.
    """

    operation_id: str
    status: str
    created_at_us: int
    error_code: str = ""
    n_objects: int = 0
    url: str | None = None
    n_bytes: int = 0


def start(api: AdminApi, query: str) -> Operation:
    """Start reading ``query`` in bulk; raises PlatformAwayError while other operations of the app are in the way."""
    found = part(api.ask(queries.RUN, {"query": query}), "bulkOperationRunQuery")
    errors = parts(found, "userErrors")
    if any(one.get("code") in _BUSY for one in errors):
        raise PlatformAwayError(
            f"Shopify runs no more bulk operations of this app now: {errors[0].get('message')!s:.200}; "
            "wait until they have ended, then run it again"
        )
    if errors:
        raise PlatformError(f"Shopify refuses the bulk operation: {errors[0].get('message')!s:.300}")
    return _operation(part(found, "bulkOperation"))


def look(api: AdminApi, operation_id: str) -> Operation | None:
    """Return what Shopify says of an operation; None where it is not known any more."""
    found = part(api.ask(queries.OPERATION, {"id": operation_id}), "node")
    return _operation(found) if found.get("id") else None


def wait(api: AdminApi, operation: Operation, on_count: OnCount) -> Operation:
    """Return an operation when it is completed, or its file is gone (``EXPIRED``); it may take hours.

    Raises PlatformError where it failed. What it read until then is not used: an order without its last lines would
    look like one of which something came back.
    """
    seconds = FIRST_POLL_SECONDS
    while operation.status in _UNDER_WAY:
        api.sleep(seconds)
        seconds = min(LAST_POLL_SECONDS, 1.5 * seconds)
        found = look(api, operation.operation_id)
        if found is None:
            raise PlatformError(f"Shopify does not know {operation.operation_id} any more; run it again")
        operation = found
        on_count(operation.n_objects)
    if operation.status in ("COMPLETED", "EXPIRED"):
        return operation
    reason = _REASONS.get(operation.error_code, "run it again")
    code = f" ({operation.error_code})" if operation.error_code else ""
    raise PlatformError(f"the bulk operation {operation.operation_id} is {operation.status}{code}: {reason}")


def download(operation: Operation, path: Path) -> None:
    """Write the file of an operation to ``path``; an empty one where nothing was found.

    It lies at another host, which is asked without any token. Raises PlatformError for an address that is not https,
    and PlatformAwayError where it does not come as a whole.
    """
    path.write_bytes(b"")
    if operation.url is None:
        return
    parsed = urlsplit(operation.url)
    if parsed.scheme != "https" and not (parsed.scheme == "http" and is_loopback(parsed.hostname or "")):
        raise PlatformError(f"the file of the bulk operation must come by https, got {parsed.scheme!r:.20}")
    problem = ""
    for _ in range(_TRIES):
        try:
            n_bytes = _fetch(operation.url, path, operation.n_bytes or MAX_FILE_BYTES)
        except requests.RequestException as error:  # its message has the signed address
            problem = type(error).__name__
            continue
        if operation.n_bytes in (0, n_bytes):
            return
        problem = f"{n_bytes:,} of {operation.n_bytes:,} bytes"
    raise PlatformAwayError(
        f"the file at {parsed.hostname} does not come as a whole ({problem}); run it again"
    )


def _fetch(url: str, path: Path, max_bytes: int) -> int:
    n_bytes = 0
    with (
        requests.Session() as session,
        session.get(
            url,
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            auth=_no_auth,
        ) as response,
        path.open("wb") as file,
    ):
        if response.status_code != 200:
            raise requests.HTTPError(f"{response.status_code}")
        for block in timely_blocks(response, lambda n: GRACE_SECONDS + n / LEAST_BYTES_A_SECOND):
            n_bytes += len(block)
            if n_bytes > max_bytes:
                raise PlatformError(
                    f"the file of the bulk operation is larger than the {max_bytes:,} bytes it should be"
                )
            file.write(block)
    return n_bytes


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep ``requests`` from sending what a .netrc of the machine says."""
    return request


def _operation(found: Json) -> Operation:
    operation_id = text(found.get("id"))
    if operation_id is None:
        raise PlatformError("the Admin API names no bulk operation")
    return Operation(
        operation_id,
        str(found.get("status")),
        moment_us(found.get("createdAt")),
        str(found.get("errorCode") or ""),
        int(number(found.get("objectCount")) or 0),
        str(found["url"]) if found.get("url") else None,
        int(number(found.get("fileSize")) or 0),
    )
