"""Responses that can be sent again as they are, by raw query string."""

import hashlib
from dataclasses import dataclass
from threading import Lock

from werkzeug.http import parse_etags

from recsvc.cache.epochs import Epochs
from recsvc.serving.lists import Answer
from recsvc.serving.live_model import LiveModel
from recsvc.serving.shop import NoShop, Shop

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


ENTRY_OVERHEAD_BYTES = 1000
"""What an entry costs beside its query string and body: headers, texts, lease, dictionary."""

STRANGERS_SHARE = 1 / 16
"""Of the room, what questions with an id that no model knows may take: made-up ones push nobody out."""


class ReadyAnswers:
    """Bounded by ``max_bytes``.

    An answer is given while its version is live, its lease holds, the same items are hidden and the rules are the same.
    """

    def __init__(
        self, max_bytes: int, epochs: Epochs, live_model: LiveModel, shop: Shop | None = None
    ) -> None:
        self._shop = shop or NoShop()
        self._epochs = epochs
        self._live_model = live_model
        self.strangers = _BoundedResponses(int(max_bytes * STRANGERS_SHARE))
        self.familiar = _BoundedResponses(max_bytes - self.strangers.max_bytes)

    def get(self, query_string: str) -> ListResponse | None:
        """Return the response to a raw query string, if it is still right."""
        response = self.familiar.get(query_string) or self.strangers.get(query_string)
        if response is None or response.answer.reuse is None:
            return None
        live, reuse = self._live_model.version, response.answer.reuse
        if live is None or live.manifest.model_version != response.answer.model_version:
            return None
        if reuse.mask is not self._shop.mask or reuse.rules is not self._shop.placements.state:
            return None
        if not self._epochs.allows(reuse.lease):
            return None
        response.was_used = True
        return response

    def put(self, query_string: str, response: ListResponse) -> None:
        """Remember a response, if its answer may be given again."""
        reuse = response.answer.reuse
        if reuse is not None:
            (self.familiar if reuse.familiar else self.strangers).put(query_string, response)

    @property
    def size_bytes(self) -> int:
        """What the responses take, in bytes."""
        return self.familiar.size_bytes + self.strangers.size_bytes

    def __len__(self) -> int:
        return len(self.familiar) + len(self.strangers)


class _BoundedResponses:
    """Forgets the oldest first; those that were used since their last turn, one turn later.

    (The "second chance" of page replacement: close to least recently used, and a hit moves nothing.)
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self._responses: dict[str, ListResponse] = {}
        self._lock = Lock()
        self.get = self._responses.get

    def put(self, query_string: str, response: ListResponse) -> None:
        size = _size(query_string, response)
        if size > self.max_bytes:
            return
        with self._lock:
            self._remove(query_string)
            while self.size_bytes + size > self.max_bytes:
                self._make_room()
            self._responses[query_string] = response
            self.size_bytes += size

    def __len__(self) -> int:
        return len(self._responses)

    def _make_room(self) -> None:
        oldest = next(iter(self._responses))
        response = self._responses[oldest]
        if response.was_used:
            response.was_used = False
            self._responses[oldest] = self._responses.pop(oldest)
        else:
            self._remove(oldest)

    def _remove(self, query_string: str) -> None:
        response = self._responses.pop(query_string, None)
        if response is not None:
            self.size_bytes -= _size(query_string, response)


def _size(query_string: str, response: ListResponse) -> int:
    return len(query_string) + len(response.answer.body) + ENTRY_OVERHEAD_BYTES
