"""Connections are closed after an answer while the service is about to be stopped."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CLOSE = ("Connection", "close")


class LastAnswers:
    """WSGI middleware: while ``is_last`` says so, each answer is the last one on its connection.

    A proxy keeps connections for requests to come, and one that it sends on a connection which is being closed is lost.
    """

    def __init__(self, app: "WSGIApplication", is_last: Callable[[], bool]) -> None:
        self._app = app
        self._is_last = is_last

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as ``app`` does."""
        if not self._is_last():
            return self._app(environ, start_response)

        def close(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            return start_response(status, [*headers, _CLOSE], *exc_info)

        return self._app(environ, close)
