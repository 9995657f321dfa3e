"""Which requests may hold a thread of the server, and how long a thread may wait for a body.

The server calls the application when it has read the headers, so that a client which sends its body slowly, or never,
would hold one of few threads. Here a body is read by a thread kept for that, within a deadline; few threads wait for
bodies at a time, fewer of them for one client, and some are kept for questions about the health of the service, which
therefore always get an answer.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import TYPE_CHECKING, BinaryIO, Self

from werkzeug.exceptions import RequestTimeout, ServiceUnavailable
from werkzeug.wrappers import Response

from recsvc.api.problems import later, problem
from recsvc.processes.heartbeats import Passage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_SECONDS = 5.0
"""A body that is not there so long after its headers is given up."""

UPLOAD_SECONDS = 120.0
"""A file that was not sent so long after its first byte was asked for is given up."""

KEPT_THREADS = 4
"""So many threads of a worker never do anything but answer ``OPERATIONS``."""

OPERATIONS = frozenset({"/health/live", "/health/ready", "/metrics"})

CLIENT_SHARE = 1 / 4
"""Of the threads that may wait for bodies, one client has at most this share."""

GIVEN_UP, GIVEN_UP_BY_CLIENT = 1024, 32
"""A read that was given up goes on until its connection ends: so many may, and so many of one client."""

CLOSE_SECONDS = 0.2
"""How long the end waits for threads that have just read a body; those that still wait for one end with the process."""


@dataclass(frozen=True)
class Bodies:
    """How bodies are read.

    Attributes:
        most_bytes: of a longer body only so much is read, and one byte more; the application refuses it.
        uploads: paths whose bodies are files, which the application reads itself once it knows who sends them, one at a
            time.
    """

    most_bytes: int
    uploads: frozenset[str] = frozenset()


class RequestThreads:
    """WSGI middleware: calls ``app`` when the body is there.

    Args:
        app: what answers; it finds the whole body in ``wsgi.input``.
        admit: decides, before a body is waited for, whether a request may be answered: None, or the refusal.
        n_threads: threads of the server.
        bodies: how they are read.
        shed: is called for each request that is refused because too many waited.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        admit: Callable[["WSGIEnvironment"], Response | None],
        n_threads: int,
        bodies: Bodies,
        shed: Callable[[], None],
    ) -> None:
        self._app = app
        self._admit = admit
        self._shed = shed
        self._busy = _Places(max(1, n_threads - KEPT_THREADS))
        self._waiting = _Places(max(1, self._busy.most // 2))
        self._most_of_client = max(1, int(self._waiting.most * CLIENT_SHARE))
        self._most_bytes = bodies.most_bytes + 1
        self._reading = _Places(GIVEN_UP)
        self._readers = _Readers()
        self._uploads = bodies.uploads
        self._uploading = _Places(1)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or refuse what would take a thread from others."""
        if environ.get("PATH_INFO") in OPERATIONS:
            return self._app(environ, start_response)
        with self._busy.taken() as has_thread:
            if not has_thread:
                return self._overloaded("all threads are busy")(environ, start_response)
            if _has_body(environ) and environ.get("PATH_INFO") in self._uploads:
                return self._take_upload(environ, start_response)
            if _has_body(environ):
                refusal = self._admit(environ) or self._wait_for_body(environ)
                if refusal is not None:
                    return refusal(environ, start_response)
            return self._app(environ, start_response)

    @property
    def busy(self) -> Passage:
        """The threads that may answer anything, as a passage."""
        return self._busy

    def close(self) -> None:
        """End the threads that read nothing now."""
        self._readers.close()

    def _take_upload(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        refusal = self._admit(environ)
        if refusal is None and _length(environ) is None:
            refusal = problem(411, "send the length of the file with it, as browsers do")
        if refusal is not None:
            return refusal(environ, start_response)
        with _Upload(environ["wsgi.input"], self._readers.submit, self._uploading) as upload:
            environ["wsgi.input"] = upload
            return self._app(environ, start_response)

    def _overloaded(self, what: str) -> Response:
        self._shed()
        detail = f"{what}: send the request again shortly"
        return later(problem(503, detail, "urn:recsvc:problem:overloaded"), 1)

    def _wait_for_body(self, environ: "WSGIEnvironment") -> Response | None:
        """Put the body where ``app`` looks for it; return the refusal where it does not come."""
        length = _length(environ)
        if length is not None and length >= self._most_bytes:
            return None  # refused unread
        client = environ.get("REMOTE_ADDR", "")
        with self._waiting.taken(client, self._most_of_client) as may_wait:
            if not may_wait:
                return self._overloaded("too many requests are sent slowly")
            if not self._reading.take(client, GIVEN_UP_BY_CLIENT):
                return self._overloaded("too many requests were never finished")
            return self._read(environ, client, self._most_bytes if length is None else length)

    def _read(self, environ: "WSGIEnvironment", client: str, n_bytes: int) -> Response | None:
        stream = environ["wsgi.input"]

        def read() -> bytes:
            try:
                return bytes(stream.read(n_bytes))
            finally:
                self._reading.give_back(client)

        try:
            environ["wsgi.input"] = io.BytesIO(self._readers.submit(read).result(BODY_SECONDS))
        except TimeoutError:
            detail = f"the body was not there {BODY_SECONDS:g} s after the headers: send it at once"
            return problem(408, detail)
        return None


class _Upload:
    """A body that is read piece by piece, within a time; whoever reads first takes the one place that there is."""

    def __init__(
        self, stream: BinaryIO, submit: Callable[[Callable[[], bytes]], "Future[bytes]"], places: "_Places"
    ) -> None:
        self._stream = stream
        self._submit = submit
        self._places = places
        self._until: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._until is not None:
            self._places.give_back()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``.

        Raises ServiceUnavailable where another one is being sent, and RequestTimeout where they do not come.
        """
        if self._until is None:
            if not self._places.take():
                raise ServiceUnavailable("Another file is being sent just now. Try again in a minute.")
            self._until = time.monotonic() + UPLOAD_SECONDS
        try:
            waited = self._until - time.monotonic()
            return self._submit(lambda: bytes(self._stream.read(size))).result(max(0.0, waited))
        except TimeoutError:
            raise RequestTimeout(
                f"The file was not sent within {UPLOAD_SECONDS:.0f} s. Send a part of it."
            ) from None


class _Readers:
    """Threads that end with the process, whatever they wait for; there are as many as ever read at a time."""

    def __init__(self) -> None:
        self._work: SimpleQueue[tuple[Future[bytes], Callable[[], bytes]] | None] = SimpleQueue()
        self._idle = Semaphore(0)
        self._threads: list[Thread] = []
        self._is_closed = False

    def submit(self, read: Callable[[], bytes]) -> "Future[bytes]":
        """Begin to read."""
        future: Future[bytes] = Future()
        if not self._idle.acquire(blocking=False):
            self._threads.append(Thread(target=self._run, name="recsvc-body", daemon=True))
            self._threads[-1].start()
        self._work.put((future, read))
        return future

    def close(self) -> None:
        """End those that are idle, or are about to be, and wait shortly for that."""
        self._is_closed, until = True, time.monotonic() + CLOSE_SECONDS
        while self._idle.acquire(blocking=False):
            self._work.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, read = work
            try:
                future.set_result(read())
            except Exception as error:  # noqa: BLE001 - whoever waits for it is told
                future.set_exception(error)
            self._idle.release()
            if self._is_closed:
                return


class _Places:
    """Counts who is somewhere: at most ``most``, and at most so many of one name; ``n_left`` who was."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.n_left = 0
        self._lock = Lock()
        self._taken: Counter[str] = Counter()
        self._n = 0

    @property
    def is_full(self) -> bool:
        """Whether there is no place."""
        return self._n >= self.most

    @contextmanager
    def taken(self, name: str = "", most_of_name: int | None = None) -> Iterator[bool]:
        """Yield whether there was a place; it is held during the block."""
        has_place = self.take(name, most_of_name)
        try:
            yield has_place
        finally:
            if has_place:
                self.give_back(name)

    def take(self, name: str = "", most_of_name: int | None = None) -> bool:
        """Return whether there was a place; whoever took one gives it back."""
        with self._lock:
            is_full = self._n >= self.most or (most_of_name is not None and self._taken[name] >= most_of_name)
            if not is_full:
                self._n += 1
                self._taken[name] += 1
            return not is_full

    def give_back(self, name: str = "") -> None:
        """Leave a place."""
        with self._lock:
            self._n -= 1
            self.n_left += 1
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]


def _has_body(environ: "WSGIEnvironment") -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "") not in ("", "0")


def _length(environ: "WSGIEnvironment") -> int | None:
    """Return how many bytes were announced; None where that is not known."""
    announced = environ.get("CONTENT_LENGTH", "")
    return int(announced) if announced.isdecimal() and "HTTP_TRANSFER_ENCODING" not in environ else None
