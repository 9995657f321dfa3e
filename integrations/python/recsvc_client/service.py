"""One request to the service, and what its answer means."""

import json
import re
import ssl
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from recsvc_client.connections import Answer, Connections, Endpoint, Request
from recsvc_client.deadline import Deadline
from recsvc_client.errors import RequestRefused, ServiceAway

PORTS = {"http": 80, "https": 443}
_KEY = re.compile(r"[\x21-\x7e]+")
_REFUSED, _LATER, _FAILED = 300, 429, 500


class Service:
    """Sends requests to the service at ``base_url``; raises ValueError where that, or the key, is none."""

    def __init__(self, base_url: str, key: str | None, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in PORTS or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(
                f"base_url must be like http://127.0.0.1:8000, got {parts.hostname or base_url!r:.80}"
            )
        if parts.username is not None:
            raise ValueError("base_url must have no user in it: give the key as key=")
        if key is not None and not _KEY.fullmatch(key):
            raise ValueError("key must be one line without blanks; was it read with the end of its line?")
        if parts.scheme == "https" and context is None:
            context = ssl.create_default_context()
        authority = parts.netloc
        self.base_url = f"{parts.scheme}://{authority}{parts.path.rstrip('/')}"
        self._path = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "recsvc-client"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        port = parts.port or PORTS[parts.scheme]
        self.connections = Connections(
            Endpoint(parts.hostname, port, authority, context if parts.scheme == "https" else None)
        )

    def __repr__(self) -> str:
        return f"Service({self.base_url!r})"

    def call(
        self,
        method: str,
        path: str,
        timeout_seconds: float,
        body: object = None,
        query: Mapping[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, None where it has no body.

        Args:
            method, path: of HTTP.
            timeout_seconds: for all steps together.
            body: is sent as JSON; bytes as they are.
            query: of the address; a list of values is given as often as it has values.

        Raises:
            ServiceAway: there is no answer that can be used in time.
            RequestRefused: the service answered that the request is wrong.
        """
        deadline, headers, data = Deadline(timeout_seconds), self._headers, None
        if body is not None:
            data = body if isinstance(body, bytes) else json_of(body)
            headers = {**headers, "Content-Type": "application/json"}
        target = self._path + path + (f"?{query_of(query)}" if query else "")
        try:
            answer = self.connections.exchange(Request(method, target, data, headers), deadline)
        except (OSError, HTTPException) as error:
            raise ServiceAway(f"{type(error).__name__}: {error}") from error
        return _value_of(answer)


def _value_of(answer: Answer) -> Any:  # noqa: ANN401 - JSON
    status = answer.status
    if status == _LATER or status >= _FAILED:
        raise ServiceAway(f"answered {status}", status, _seconds(answer.headers.get("Retry-After")))
    try:
        value = json.loads(answer.body) if answer.body else None
    except (ValueError, RecursionError):
        if status >= _REFUSED:
            raise RequestRefused(status) from None
        raise ServiceAway("the answer is not JSON", status) from None
    if status >= _REFUSED:
        raise RequestRefused.of(status, value)
    return value


def _seconds(retry_after: str | None) -> float | None:
    """Return what a Retry-After says, where it is a number of seconds; a date is not read."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None


def json_of(value: object) -> bytes:
    """Return ``value`` as JSON; amounts and moments may be as the shop's own database gives them."""
    return json.dumps(value, allow_nan=False, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def query_of(fields: Mapping[str, object]) -> str:
    """Return a query string; half of a character, which the service refuses, is sent as it is."""
    return urlencode(fields, doseq=True, errors="surrogatepass")


def given(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of a request that say something."""
    return {name: value for name, value in fields.items() if value is not None and value != []}
