"""Lists as HTTP responses."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from werkzeug.http import parse_etags

from recsvc.cache.cache import Tier
from recsvc.cache.near import Reuse
from recsvc.serving.lists import Answer, Look

Headers = list[tuple[str, str]]

RESPONSE_OVERHEAD_BYTES = 400
"""What a response takes in memory beside its body: headers and texts."""

EXCHANGE = "recsvc.exchange"
"""Where the WSGI environment holds the ``Exchange`` of a request for a list that goes through Flask."""


@dataclass(eq=False, slots=True)
class ListResponse:
    """A list, ready to be sent.

    Attributes:
        body: JSON.
        placement: as asked for.
        strategy: how the list came about.
        cache: where the list came from.
        headers: of a 200.
        etag: quoted, as in the header.
        reuse: until when the same query string has the same response; None where each request has to look.
    """

    body: bytes
    placement: str
    strategy: str
    cache: Tier | Literal["miss"]
    headers: Headers
    etag: str
    reuse: Reuse | None

    @classmethod
    def of(cls, answer: Answer, document: dict[str, Any], milliseconds: float) -> "ListResponse":
        """Make the response with ``document`` to a query that took ``milliseconds`` to answer."""
        body = json_bytes(document)
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("X-Recsvc-Cache", answer.cache),
            ("Server-Timing", f"recommend;dur={milliseconds:.2f}"),
            # Kept by the shopper's browser alone, and asked about each time: a purchase can change a list.
            ("Cache-Control", "private, no-cache"),
            ("ETag", etag),
        ]
        made = answer.made
        return cls(body, answer.query.asked_for, made.strategy, answer.cache, headers, etag, answer.reuse)

    @property
    def size_bytes(self) -> int:
        """What the response takes in memory."""
        return len(self.body) + RESPONSE_OVERHEAD_BYTES

    def is_held_by(self, if_none_match: str | None) -> bool:
        """Return whether the client holds the list already (RFC 9110, section 13.1.2)."""
        if not if_none_match:
            return False
        return if_none_match == self.etag or parse_etags(if_none_match).contains_weak(self.etag.strip('"'))

    def found_at_once(self) -> "ListResponse":
        """Return the same response, found in no time."""
        headers = [
            (name, "recommend;dur=0.00" if name == "Server-Timing" else value) for name, value in self.headers
        ]
        return replace(self, headers=headers)

    def unchanged_headers(self) -> Headers:
        """Return the headers of a 304."""
        return [header for header in self.headers if not header[0].startswith("Content-")]


@dataclass(slots=True)
class Exchange:
    """What the hot path and the Flask route tell each other of one request.

    Attributes:
        look: what the hot path found in the caches, where it could read the query.
        response: what the route answers with, unless it fails.
    """

    look: Look | None = None
    response: ListResponse | None = None


def json_bytes(document: object) -> bytes:
    """Return ``document`` as compact JSON."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
