"""Which client may send which request; each request is checked once, before anything else is done with it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from flask_openapi3 import OpenAPI
from flask_openapi3.types import SecuritySchemesDict
from werkzeug.wrappers import Response

from recsvc.api import widget_key
from recsvc.api.hot_path import PATH as LIST_PATH
from recsvc.api.key_ring import KeyRing
from recsvc.api.paths import LINKS
from recsvc.api.problems import documented, later, problem
from recsvc.api.rate_limit import RateLimit, count_with
from recsvc.settings.oidc import is_loopback
from recsvc.store.api_keys import ApiKey, Scope

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SECURITY_SCHEMES: SecuritySchemesDict = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "rk_…, made with `recsvc keys create`."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same."},
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": widget_key.KEY_PARAMETER,
        "description": "Of the scope widget alone: what a page sends while it is left has no header.",
    },
}
_IN_HEADER = ("bearer", "header")
_METHODS = ("get", "post", "put", "patch", "delete")


def describe_admission(app: OpenAPI) -> None:
    """Document, for each operation of ``app``, its scope and refusals; no operation may be added later."""
    for path, operations in app.api_doc["paths"].items():
        for method in _METHODS:
            if method in operations:
                _describe(operations[method], method, path)


def _describe(operation: dict[str, Any], method: str, path: str) -> None:
    scope = scope_of(method.upper(), path)
    refusals = documented(414) if scope is None else documented(401, 403, 414, 429)
    for status, response in refusals.items():
        operation["responses"].setdefault(str(status), response)
    if scope is not None:
        operation["security"] = [{name: [str(scope)]} for name in _IN_HEADER]
        if widget_key.is_for_pages(method.upper(), path):
            by = (*_IN_HEADER, "query") if path == widget_key.EVENTS_PATH else _IN_HEADER
            operation["security"] += [{name: [str(Scope.WIDGET)]} for name in by]


MAX_QUERY_BYTES = 8 * 2**10
ADMITTED = "recsvc.admitted"
"""Set in the WSGI environment of a request that was checked, so that it is not checked twice."""

_READ_PATHS = frozenset({*widget_key.LIST_PATHS, "/v1/rank", "/v1/offers"})
_OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/openapi.json", "/widget.js", "/offer.js"})
_OPEN_PREFIXES = ("/docs/", "/v1/hooks/", "/v1/proxy/")
"""Webhooks and requests by a proxy of the shop send no key: their signature says who sent them."""

_PERFORMANCE_PATH = "/v1/performance"
_PAGES = ("/", "/console", "/demo")
_ROOMS = ("/console/", "/demo/")
"""What people open in a browser, which sends no key: ``recsvc.web`` itself asks who they are, on each request."""

_EXPERIMENTS_PATH = "/v1/experiments"
_BENEFITS_PATH, _OFFERS_PATH = "/v1/benefits", "/v1/offers"
AUDIENCES_PATH = "/v1/audiences"
_MISDIRECTED = (
    "without keys the service answers requests to localhost, 127.0.0.1 or [::1] alone: name one of these as the host, "
    "make keys with `recsvc keys create`, or set RECSVC_ALLOW_OPEN=true where a gateway protects it"
)
METRICS_PATH = "/metrics"
"""Answered to a key that is known while the store is away: that is when it is looked at."""

_REALM = 'Bearer realm="recsvc"'


def scope_of(method: str, path: str) -> Scope | None:
    """Return the scope that a request needs: None where it is open to all, ``admin`` where no other is named here."""
    if path in _READ_PATHS:
        return Scope.READ
    if path in _OPEN_PATHS or path.startswith((*_OPEN_PREFIXES, LINKS)):
        return None
    if path == _PERFORMANCE_PATH or f"{path}/".startswith((f"{_EXPERIMENTS_PATH}/", f"{_BENEFITS_PATH}/")):
        return Scope.MERCHANDISE
    if method == "POST" and path.startswith(f"{_OFFERS_PATH}/"):
        return Scope.EVENTS
    if (method, path) == ("POST", AUDIENCES_PATH) or (method == "GET" and is_audience(path)):
        return Scope.AUDIENCE
    return Scope.EVENTS if (method, path) == ("POST", widget_key.EVENTS_PATH) else Scope.ADMIN


def is_audience(path: str) -> bool:
    """Return whether ``path`` is ``/v1/items/{item_id}/audience``."""
    return (
        path.startswith("/v1/items/")
        and path.endswith("/audience")
        and len(path) > len("/v1/items//audience")
    )


def is_for_people(path: str) -> bool:
    """Return whether ``path`` is one of the pages, which ask by themselves who opens them."""
    return path in _PAGES or path.startswith(_ROOMS)


@dataclass
class Admission:
    """Refuses requests without a key for them, clients that send too many, and query strings that are too long.

    Attributes:
        ring: the keys.
        is_open: whether every client is admitted as long as no key was ever made. Lists are then given even before the
            keys are known: a shop without a database does not go without lists.
        rate_limit: counts the requests of each key, or of each address where there are no keys; None for no limit.
        checks_host: whether a request without a key must name this machine as its host. A page of any web site can send
            a browser on this machine here, under a name of its own that resolves to loopback (DNS rebinding).
        widget_limit: counts the requests of each address with a key of the scope ``widget``, and those for links of
            mails; None for no limit.
    """

    ring: KeyRing
    is_open: bool
    rate_limit: RateLimit | None = None
    checks_host: bool = False
    widget_limit: RateLimit | None = None

    def __call__(self, environ: "WSGIEnvironment") -> Response | None:
        """Return the refusal of a request, or None where it is admitted."""
        environ[ADMITTED] = True
        if len(environ.get("QUERY_STRING", "")) > MAX_QUERY_BYTES:
            return _too_long()
        path = environ.get("PATH_INFO", "")
        if is_for_people(path):
            return self._check_host(environ) if self.is_open and self.ring.is_empty else None
        scope = scope_of(environ["REQUEST_METHOD"], path)
        if scope is None:
            is_link = path.startswith(LINKS)
            return _count(environ, (self.widget_limit, widget_key.site_of(environ))) if is_link else None
        if self.is_open and self.ring.is_empty and (self.ring.is_known or scope is Scope.READ):
            return self._check_host(environ) or _count(
                environ, (self.rate_limit, environ.get("REMOTE_ADDR", ""))
            )
        return self._check_key(environ, scope)

    def _check_host(self, environ: "WSGIEnvironment") -> Response | None:
        if self.checks_host and not names_this_machine(environ.get("HTTP_HOST", "")):
            return problem(421, _MISDIRECTED)
        return None

    def _check_key(self, environ: "WSGIEnvironment", scope: Scope) -> Response | None:
        key = self._find_key(environ)
        if isinstance(key, Response):
            return key
        if self.ring.is_old and scope is not Scope.READ and environ.get("PATH_INFO") != METRICS_PATH:
            detail = "The store, which says whether the key was revoked, does not answer. Send the request again later."
            return later(problem(503, detail, "urn:recsvc:problem:store-unavailable"), 1)
        is_widget = not key.opens(scope)
        if is_widget and not widget_key.opens(key, environ):
            return forbidden(f"the key {key.key_id} lacks the scope {scope}", scope)
        origin = environ.get("HTTP_ORIGIN")
        if origin not in key.origins and (is_widget or (origin and key.origins)):
            detail = (
                f"is not for use from {origin:.80}"
                if origin
                else "is for pages: their browsers send an Origin"
            )
            return forbidden(f"the key {key.key_id} {detail}", scope)
        if not is_widget:
            return _count(environ, (self.rate_limit, key.key_id))
        widget_key.admit(environ)
        visitor = widget_key.visitor_of(key, environ)
        return _count(environ, (self.widget_limit, visitor), (self.rate_limit, key.key_id))

    def _find_key(self, environ: "WSGIEnvironment") -> ApiKey | Response:
        """Return the key of a request, or its refusal."""
        in_header = sent_key(environ)
        sent = widget_key.key_in_query(environ) if in_header is None else in_header
        key = self.ring.find(sent) if sent else None
        if key is None:
            return without_valid_key(sent, are_known=self.ring.is_known)
        if in_header is None and not widget_key.may_stand_in_url(key):
            return _unauthorized(
                "this key must not stand in a URL: send it as Authorization: Bearer rk_…", _REALM
            )
        return key


def _count(environ: "WSGIEnvironment", *counted: tuple[RateLimit | None, str]) -> Response | None:
    """Count a request under each of the limits for its client; return the first refusal, otherwise None."""
    limits = [(limit, client) for limit, client in counted if limit is not None]
    if not limits:
        return None

    def count_more(n: int) -> Response | None:
        return next(filter(None, (limit.refusal_of_more(client, n) for limit, client in limits)), None)

    if environ.get("PATH_INFO") != LIST_PATH:
        count_with(environ, count_more)
    return next(filter(None, (limit.refusal_of(client) for limit, client in limits)), None)


def init_app(app: Flask, admission: Admission) -> None:
    """Let ``admission`` check each request that the layer in front of Flask did not check."""

    @app.before_request
    def _admit() -> Response | None:
        return None if ADMITTED in request.environ else admission(request.environ)


def sent_key(environ: "WSGIEnvironment") -> str | None:
    """Return the key of a request: in ``Authorization``, or in ``X-API-Key`` where that is for another program."""
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return str(credentials.strip())
    return environ.get("HTTP_X_API_KEY")


SEND_A_KEY = "send a key, as Authorization: Bearer rk_… or X-API-Key: rk_…"


def without_valid_key(sent: str | None, *, are_known: bool, remedy: str = SEND_A_KEY) -> Response:
    """Return the refusal of a request with no key, or with one that nobody knows.

    Args:
        sent: the key that came with it, or None.
        are_known: whether the keys have been read.
        remedy: what to do where none came.
    """
    if not are_known:
        detail = "The keys are in the store, which has not answered yet. Send the request again later."
        return later(problem(503, detail, "urn:recsvc:problem:store-unavailable"), 1)
    if sent is None:
        return _unauthorized(remedy, _REALM)
    detail = "the key is not valid: it is mistyped, was revoked or has expired"
    return _unauthorized(detail, f'{_REALM}, error="invalid_token"')


def _unauthorized(detail: str, challenge: str) -> Response:
    refusal = problem(401, detail, "urn:recsvc:problem:unauthorized")
    refusal.headers["WWW-Authenticate"] = challenge
    return refusal


def forbidden(detail: str, scope: Scope) -> Response:
    """Return the refusal of a request whose key is valid, but not for it."""
    refusal = problem(403, detail, "urn:recsvc:problem:forbidden")
    refusal.headers["WWW-Authenticate"] = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    return refusal


def _too_long() -> Response:
    return problem(414, f"the query string is longer than {MAX_QUERY_BYTES} bytes; send the fields with POST")


@lru_cache(64)
def names_this_machine(host: str) -> bool:
    """Return whether a Host header names loopback, with any port."""
    name = host[1 : host.find("]")] if host.startswith("[") else host.rpartition(":")[0] or host
    return is_loopback(name)
