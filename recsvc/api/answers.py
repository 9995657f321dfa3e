"""Responses that can be sent again as they are, by raw query string."""

from threading import Lock

from recsvc.api.responses import ListResponse
from recsvc.cache.epochs import Epochs
from recsvc.serving.live_model import LiveModel
from recsvc.serving.shop import NoShop, Shop

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
        self.strangers = _Room(int(max_bytes * STRANGERS_SHARE))
        self.familiar = _Room(max_bytes - self.strangers.max_bytes)

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


class _Room:
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
