"""Finished lists that go out again without Flask: ready bytes by query string."""

from dataclasses import dataclass
from threading import Lock

from recsvc.cache.epochs import Epochs
from recsvc.serving.lists import Reuse
from recsvc.serving.live_model import LiveModel

ENTRY_OVERHEAD_BYTES = 1500
"""What an entry costs beside its query string and body: header lists, texts, lease, dictionary."""

Headers = list[tuple[str, str]]


@dataclass(eq=False, slots=True)
class ReadyAnswer:
    """A response that needs no more work.

    Attributes:
        body: the list.
        headers: of a 200.
        unchanged_headers: of a 304.
        etag: quoted, as in the header.
        found_label, unchanged_label: placement and status, to count with.
        reuse: until when it is right.
        was_used: since it was last passed over when room was needed.
    """

    body: bytes
    headers: Headers
    unchanged_headers: Headers
    etag: str
    found_label: tuple[str, str]
    unchanged_label: tuple[str, str]
    reuse: Reuse
    was_used: bool = False


class ReadyAnswers:
    """Forgets beyond ``max_bytes``: the oldest first, those used since their last turn one turn later.

    (The "second chance" of page replacement: close to least recently used, and a hit moves nothing.)
    """

    def __init__(self, max_bytes: int, epochs: Epochs, live_model: LiveModel) -> None:
        self._max_bytes = max_bytes
        self._epochs = epochs
        self._live_model = live_model
        self._answers: dict[str, ReadyAnswer] = {}
        self._lock = Lock()
        self.size_bytes = 0

    def get(self, query_string: str) -> ReadyAnswer | None:
        """Return the answer to a raw query string, if it is still right."""
        answer = self._answers.get(query_string)
        if answer is None:
            return None
        reuse = answer.reuse
        live = self._live_model.version
        if live is None or live.manifest.model_version != reuse.model_version:
            return None
        if not self._epochs.allows(reuse.lease):
            return None
        answer.was_used = True
        return answer

    def put(self, query_string: str, answer: ReadyAnswer) -> None:
        """Remember ``answer``, unless it alone is larger than all there is room for."""
        size = _size(query_string, answer)
        if size > self._max_bytes:
            return
        with self._lock:
            self._remove(query_string)
            while self.size_bytes + size > self._max_bytes:
                self._make_room()
            self._answers[query_string] = answer
            self.size_bytes += size

    def __len__(self) -> int:
        return len(self._answers)

    def _make_room(self) -> None:
        oldest = next(iter(self._answers))
        answer = self._answers[oldest]
        if answer.was_used:
            answer.was_used = False
            self._answers[oldest] = self._answers.pop(oldest)
        else:
            self._remove(oldest)

    def _remove(self, query_string: str) -> None:
        answer = self._answers.pop(query_string, None)
        if answer is not None:
            self.size_bytes -= _size(query_string, answer)


def _size(query_string: str, answer: ReadyAnswer) -> int:
    return len(query_string) + len(answer.body) + ENTRY_OVERHEAD_BYTES
