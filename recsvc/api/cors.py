"""Which web sites' pages may send requests: the CORS protocol of the Fetch standard, in front of everything."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from recsvc.api.widget_key import WIDGET_PATHS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from recsvc.api.answers import Headers

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = "Authorization, Content-Type, If-None-Match, X-API-Key"
SHOWN_HEADERS = "ETag, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, X-Recsvc-Cache"
MAX_AGE_SECONDS = 3600


class Cors:
    """WSGI middleware around ``app``: pages of ``origins`` may read its answers, those of others may not.

    Pages of the origins that ``widget_origins`` returns may read what the widget asks for. The service never asks for
    cookies, so pages send none: a key travels in a header. A preflight needs no key.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        origins: Iterable[str],
        widget_origins: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.app = app
        self._origins = frozenset(origins)
        self._widget_origins = widget_origins

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a preflight; add to every other answer which pages may read it."""
        widget_origins = self._widget_origins()
        if not self._origins and not widget_origins:
            return self.app(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        is_allowed = origin in self._origins or (
            origin in widget_origins and environ.get("PATH_INFO") in WIDGET_PATHS
        )
        allowed = origin if is_allowed else None
        if (
            origin
            and environ["REQUEST_METHOD"] == "OPTIONS"
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        ):
            start_response("204 NO CONTENT", _preflight(allowed))
            return []

        def start(status: str, headers: "Headers", *exc_info: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            # Also where no page may read it: a cache must not give that answer to a page that may.
            headers.append(("Vary", "Origin"))
            if allowed and all(name != "Access-Control-Allow-Origin" for name, _ in headers):
                headers += [
                    ("Access-Control-Allow-Origin", allowed),
                    ("Access-Control-Expose-Headers", SHOWN_HEADERS),
                ]
            return start_response(status, headers, *exc_info)

        return self.app(environ, start)


def _preflight(allowed: str | None) -> "Headers":
    vary = [("Vary", "Origin"), ("Cache-Control", "no-store")]
    if allowed is None:
        return vary
    return [
        *vary,
        ("Access-Control-Allow-Origin", allowed),
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", REQUEST_HEADERS),
        ("Access-Control-Max-Age", str(MAX_AGE_SECONDS)),
    ]
