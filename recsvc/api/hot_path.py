"""A layer in front of Flask that answers from the caches without dispatch and validation.

A list that was found in the near cache is kept there with its finished headers under the raw query string. The query of
any other plain query string (most are plain) is looked up in the caches. Everything else, and all that must be ranked,
goes through Flask.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from werkzeug.wrappers import Response

from recsvc.api.answers import EXCHANGE, Exchange, Headers, ListResponse
from recsvc.cache.near import NearCache
from recsvc.errors import QueryError
from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.metrics import Metrics
from recsvc.ranking.query import MAX_N, Placement, Query
from recsvc.serving.lists import Lists
from recsvc.serving.rules_in_force import RulesInForce

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")


def read_plain_query(query_string: str, rules: RulesInForce) -> Query | None:
    """Return the query that ``query_string`` asks, or None where only the full validation can tell."""
    once: dict[str, str] = {}
    many: dict[str, list[str]] = {"item_id": [], "exclude": []}
    for part in query_string.split("&") if query_string else ():
        name, _, value = part.partition("=")
        if len(value) > MAX_ID_LENGTH or not _PLAIN.fullmatch(value):
            return None
        if name in many:
            many[name].append(value)
        elif name in once or name not in ("user_id", "session_id", "placement", "n", "category"):
            return None
        else:
            once[name] = value
    n = once.get("n", "10")
    if not _NUMBER.fullmatch(n) or int(n) > MAX_N:
        return None
    try:
        return rules.query_for(
            once.get("placement", Placement.FOR_YOU),
            n=int(n),
            user_id=once.get("user_id"),
            item_ids=tuple(many["item_id"]),
            exclude=tuple(many["exclude"]),
            session_id=once.get("session_id"),
            category=once.get("category"),
        )
    except QueryError:
        return None


PATH = "/v1/recommend"
MAX_KEPT_QUERY_LENGTH = 4096

Gate = Callable[["WSGIEnvironment"], Response | None]
"""Decides before anything else whether a request for a list may be answered: None, or the refusal."""

_log = structlog.get_logger(__name__)


def admit_all(_environ: "WSGIEnvironment") -> Response | None:
    """Refuse no request."""
    return None


class HotPath:
    """WSGI middleware around ``app`` that keeps finished responses in ``near``."""

    def __init__(
        self,
        app: "WSGIApplication",
        lists: Lists,
        near: NearCache[ListResponse],
        metrics: Metrics,
        gate: Gate = admit_all,
    ) -> None:
        self._app = app
        self._lists = lists
        self._metrics = metrics
        self._gate = gate
        self._has_failed = False
        self.near = near

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer from memory or a cache where that is right, else let Flask answer."""
        if environ.get("PATH_INFO") != PATH:
            return self._app(environ, start_response)
        started = time.perf_counter()
        refusal = self._gate(environ)
        if refusal is not None:
            self._metrics.count("none", str(refusal.status_code), "none", time.perf_counter() - started)
            return refusal(environ, start_response)
        response, exchange = None, None
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            query_string = environ.get("QUERY_STRING", "")
            try:
                response = self.near.response(query_string, self._lists.basis())
                if response is None:
                    exchange = Exchange()
                    response = exchange.response = self._find(query_string, exchange, started)
            except Exception as error:  # noqa: BLE001 - whatever is wrong here, Flask can answer
                self._failed(error)
        if response is None:
            return self._through_flask(exchange or Exchange(), environ, start_response, started)
        return self._give(response, environ, start_response, started)

    def _find(self, query_string: str, exchange: Exchange, started: float) -> ListResponse | None:
        query = read_plain_query(query_string, self._lists.shop.rules)
        return None if query is None else self._look(query, query_string, exchange, started)

    def _look(
        self, query: Query, query_string: str, exchange: Exchange, started: float
    ) -> ListResponse | None:
        look = self._lists.look(self._lists.resolve(query))
        if look.answer is None:
            exchange.look = look
            return None
        document, milliseconds = look.answer.document(), 1000 * (time.perf_counter() - started)
        response = ListResponse.of(look.answer, document, milliseconds)
        self._keep(query_string, response)
        return response

    def _give(
        self,
        response: ListResponse,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        started: float,
    ) -> list[bytes]:
        if response.is_held_by(environ.get("HTTP_IF_NONE_MATCH")):
            start_response("304 NOT MODIFIED", response.unchanged_headers())
            status, body = "304", []
        else:
            start_response("200 OK", list(response.headers))  # a copy: a layer in front may add to it
            status, body = "200", [response.body] if environ["REQUEST_METHOD"] == "GET" else []
        seconds = time.perf_counter() - started
        self._metrics.count(response.placement, status, response.cache, seconds)
        return body

    def _through_flask(
        self,
        exchange: Exchange,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        started: float,
    ) -> Iterable[bytes]:
        sent = ["500"]

        def note(status: str, headers: Headers, *exc_info: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            sent[0] = status[:3]
            return start_response(status, headers, *exc_info)

        environ[EXCHANGE] = exchange
        body = self._app(environ, note)
        response = exchange.response
        placement, tier = (response.placement, response.cache) if response else ("none", "none")
        self._metrics.count(placement, sent[0], tier, time.perf_counter() - started)
        if response and environ["REQUEST_METHOD"] == "GET":
            self._keep(environ.get("QUERY_STRING", ""), response)
        return body

    def _keep(self, query_string: str, response: ListResponse) -> None:
        if response.reuse is not None and len(query_string) <= MAX_KEPT_QUERY_LENGTH:
            self.near.put_response(query_string, response.found_at_once(), response.reuse)

    def _failed(self, error: Exception) -> None:
        if not self._has_failed:
            _log.error("hot_path_failed", error=type(error).__name__, exc_info=error)
        self._has_failed = True
