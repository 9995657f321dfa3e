"""The response to a question for a list, the same whoever sends it: Flask or the layer in front of it."""

import hashlib
from dataclasses import dataclass

from werkzeug.http import parse_etags

from recsvc.serving.lists import Answer

Headers = list[tuple[str, str]]

LOOK = "recsvc.look"
"""Where the layer in front of Flask leaves what it found in the caches, in the WSGI environment."""

RESPONSE = "recsvc.response"
"""Where the view leaves its ``ListResponse`` for that layer."""


@dataclass(eq=False, slots=True)
class ListResponse:
    """A list, ready to be sent.

    Attributes:
        answer: the list.
        placement: as asked for.
        headers: of a 200.
        etag: quoted, as in the header.
        was_used: since it was last passed over when room was needed.
    """

    answer: Answer
    placement: str
    headers: Headers
    etag: str
    was_used: bool = False

    @classmethod
    def of(cls, answer: Answer, placement: str, milliseconds: float) -> "ListResponse":
        """Make the response to a question that took ``milliseconds`` to answer."""
        etag = f'"{hashlib.blake2b(answer.body, digest_size=12).hexdigest()}"'
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer.body))),
            ("X-Recsvc-Cache", answer.cache),
            ("Server-Timing", f"recommend;dur={milliseconds:.2f}"),
            # Kept by the shopper's browser alone, and asked about each time: a purchase can change a list.
            ("Cache-Control", "private, no-cache"),
            ("ETag", etag),
        ]
        return cls(answer, placement, headers, etag)

    def is_held_by(self, if_none_match: str | None) -> bool:
        """Return whether the asker holds the list already (RFC 9110, section 13.1.2)."""
        if not if_none_match:
            return False
        return if_none_match == self.etag or parse_etags(if_none_match).contains_weak(self.etag.strip('"'))

    def unchanged_headers(self) -> Headers:
        """Return the headers of a 304."""
        return [header for header in self.headers if not header[0].startswith("Content-")]
