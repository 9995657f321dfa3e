"""Calls to an OpenID provider: they end in time, follow nobody elsewhere, and take no answer that is too large."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Timer
from typing import Any

from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, CALL_SECONDS = 3.0, 8.0
"""To reach the provider, and for all that it says then; finding its address takes what the system's resolver takes."""

MAX_ANSWER_BYTES = 256 * 2**10
MAX_CALLS = 4
"""At the same time, of a worker: a provider that hangs holds no more of its threads."""


class ProviderAwayError(Exception):
    """The provider cannot be reached, is too slow, or says that it fails."""


class ProviderFaultError(Exception):
    """The provider said what it must not say, or is not the one that the settings mean; the message is for the log."""


class NoAuth(AuthBase):
    """Sends no password of a file in the home directory of whoever runs the service."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Return the request as it is."""
        return request


class Wire:
    """Bounds the calls of one worker to the provider."""

    def __init__(self, seconds: float = CALL_SECONDS) -> None:
        self._seconds = seconds
        self._places = BoundedSemaphore(MAX_CALLS)

    def adapter(self) -> HTTPAdapter:
        """Return what sends the requests of a session."""
        return _BoundedAdapter(self._seconds)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Yield where not too many calls go on; raises ProviderAwayError for what goes wrong in the block."""
        if not self._places.acquire(blocking=False):
            raise ProviderAwayError("too many calls wait for the provider already")
        try:
            yield
        except (RequestException, HTTPError, OSError) as error:
            raise ProviderAwayError(type(error).__name__) from error
        finally:
            self._places.release()


class _Watched:
    """A connection that is cut when its time is over: a byte a second would otherwise keep it for ever."""

    sock: socket.socket | None
    call_seconds = CALL_SECONDS
    _timer: Timer | None = None

    def watch(self) -> None:
        """Begin to count the time."""
        self._timer = Timer(self.call_seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def unwatch(self) -> None:
        """Stop counting: the connection is done with."""
        if self._timer is not None:
            self._timer.cancel()

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _PlainConnection(_Watched, HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.watch()

    def close(self) -> None:
        self.unwatch()
        super().close()


class _TlsConnection(_Watched, HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.watch()

    def close(self) -> None:
        self.unwatch()
        super().close()


class _BoundedAdapter(HTTPAdapter):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._plain = type("_Plain", (_PlainConnection,), {"call_seconds": seconds})
        self._tls = type("_Tls", (_TlsConnection,), {"call_seconds": seconds})
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - a pool of urllib3
        pool = super().get_connection_with_tls_context(*args, **options)
        if isinstance(pool, HTTPSConnectionPool):
            pool.ConnectionCls = self._tls
        elif isinstance(pool, HTTPConnectionPool):
            pool.ConnectionCls = self._plain
        return pool

    def send(  # type: ignore[override]
        self,
        request: PreparedRequest,
        **options: Any,  # noqa: ANN401 - of requests
    ) -> Response:
        """Send a request; a redirect and a long answer are a ProviderFaultError, a 5xx a ProviderAwayError."""
        options |= {"stream": True, "timeout": (CONNECT_SECONDS, self._seconds)}
        request.headers["Accept-Encoding"] = "identity"
        request.headers["Connection"] = "close"
        answer = super().send(request, **options)
        try:
            if answer.is_redirect:
                raise ProviderFaultError("the provider leads to another address")
            if answer.status_code >= 500:
                raise ProviderAwayError(f"status {answer.status_code}")
            body = answer.raw.read(MAX_ANSWER_BYTES + 1, decode_content=False)
        finally:
            answer.raw.close()
        if len(body) > MAX_ANSWER_BYTES:
            raise ProviderFaultError("an answer of the provider is too large")
        answer.raw = HTTPResponse(io.BytesIO(body), status=answer.status_code, preload_content=False)
        answer.headers.pop("Content-Encoding", None)
        return answer
