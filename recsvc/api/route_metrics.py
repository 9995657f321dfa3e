"""Counts the requests of every route; those for one list are counted apart, by placement and cache."""

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from recsvc.api.hot_path import PATH as LIST_PATH
from recsvc.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ROUTE = "recsvc.route"
_ARGUMENT = re.compile(r"<(?:[^:>]*:)?([^>]*)>")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"
"""Of a path that there is not, and of what was refused before anybody looked at the path."""


def init_app(app: Flask) -> None:
    """Let ``RouteMetrics`` know the route of each request."""

    @app.before_request
    def _note_route() -> None:
        if request.url_rule is not None:
            request.environ[_ROUTE] = _ARGUMENT.sub(r"{\1}", request.url_rule.rule)


def route_of(environ: "WSGIEnvironment") -> str | None:
    """Return the template of the route that answered; None where none did."""
    known: str | None = environ.get(_ROUTE)
    return LIST_PATH if known is None and environ.get("PATH_INFO") == LIST_PATH else known


class RouteMetrics:
    """WSGI middleware around ``app`` that counts in ``metrics``."""

    def __init__(self, app: "WSGIApplication", metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let ``app`` answer, and count that."""
        if environ.get("PATH_INFO") == LIST_PATH:
            return self._app(environ, start_response)
        started, sent = time.perf_counter(), ["500"]

        def note(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            sent[0] = status[:3]
            return start_response(status, headers, *exc_info)

        try:
            return self._app(environ, note)
        finally:
            method = environ["REQUEST_METHOD"]
            self._metrics.count_route(
                environ.get(_ROUTE, NO_ROUTE),
                method if method in _METHODS else "other",
                sent[0],
                time.perf_counter() - started,
            )
