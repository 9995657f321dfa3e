"""A layer in front of Flask that gives a list again without dispatch, validation or rendering.

A list that Flask took from the near cache is remembered here with its finished headers under the raw query
string. What is not remembered, or no longer right, goes through Flask, which alone knows what a query means.
"""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from werkzeug.http import parse_etags
from werkzeug.wrappers import Response

from recsvc.api.answers import Headers, ReadyAnswer, ReadyAnswers
from recsvc.metrics import Metrics
from recsvc.serving.lists import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/v1/recommend"
ANSWER = "recsvc.answer"
"""Where the view leaves the ``Answered`` it responds with, in the WSGI environment."""

MAX_QUERY_LENGTH = 4096
STRANGERS_SHARE = 1 / 16
"""Of the memory for ready answers, what those with an id that no model knows may take."""

Gate = Callable[["WSGIEnvironment"], Response | None]
"""Decides before anything else whether a request for a list may be answered: None, or the refusal."""

_log = structlog.get_logger(__name__)


class Answered:
    """What the view answered with, for the layer in front of it."""

    __slots__ = ("answer", "placement")

    def __init__(self, answer: Answer, placement: str) -> None:
        self.answer = answer
        self.placement = placement


def admit_all(_environ: "WSGIEnvironment") -> Response | None:
    """Refuse nobody."""
    return None


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Return whether the asker holds the list with this quoted tag already (RFC 9110, section 13.1.2)."""
    return if_none_match == etag or parse_etags(if_none_match).contains_weak(etag.strip('"'))


class HotPath:
    """WSGI middleware around ``app``; ``familiar`` and ``strangers`` are what it remembers."""

    def __init__(
        self,
        app: "WSGIApplication",
        familiar: ReadyAnswers,
        strangers: ReadyAnswers,
        metrics: Metrics,
        gate: Gate = admit_all,
    ) -> None:
        self._app = app
        self._familiar = familiar
        self._strangers = strangers
        self._metrics = metrics
        self._gate = gate
        self._has_failed = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer from memory where that is right, else let Flask answer."""
        if environ["PATH_INFO"] != PATH:
            return self._app(environ, start_response)
        started = time.perf_counter()
        refusal = self._gate(environ)
        if refusal is not None:
            self._metrics.count("none", str(refusal.status_code), "none", time.perf_counter() - started)
            return refusal(environ, start_response)
        try:
            answer = self._find(environ)
        except Exception as error:  # noqa: BLE001 - whatever is wrong here, Flask can answer
            self._failed(error)
            answer = None
        if answer is None:
            return self._through_flask(environ, start_response, started)
        return self._give(answer, environ, start_response, started)

    def _find(self, environ: "WSGIEnvironment") -> ReadyAnswer | None:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        asked = environ["QUERY_STRING"]
        return self._familiar.get(asked) or self._strangers.get(asked)

    def _give(
        self,
        answer: ReadyAnswer,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        started: float,
    ) -> list[bytes]:
        if_none_match = environ.get("HTTP_IF_NONE_MATCH")
        if if_none_match is not None and is_unchanged(if_none_match, answer.etag):
            start_response("304 NOT MODIFIED", answer.unchanged_headers)
            label, body = answer.unchanged_label, []
        else:
            start_response("200 OK", answer.headers)
            label, body = answer.found_label, [answer.body] if environ["REQUEST_METHOD"] == "GET" else []
        self._metrics.count_hot(label, time.perf_counter() - started)
        return body

    def _through_flask(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", started: float
    ) -> Iterable[bytes]:
        sent: list[Any] = ["500", []]

        def note(status: str, headers: Headers, *exc_info: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            sent[:] = status, headers
            return start_response(status, headers, *exc_info)

        body = self._app(environ, note)
        answered: Answered | None = environ.get(ANSWER)
        placement, tier = (answered.placement, answered.answer.cache) if answered else ("none", "none")
        self._metrics.count(placement, sent[0][:3], tier, time.perf_counter() - started)
        if answered and sent[0].startswith("200") and environ["REQUEST_METHOD"] == "GET":
            self._remember(environ["QUERY_STRING"], answered, sent[1])
        return body

    def _remember(self, query_string: str, answered: Answered, headers: Headers) -> None:
        reuse = answered.answer.reuse
        if reuse is None or len(query_string) > MAX_QUERY_LENGTH:
            return
        kept = [(name, "recommend;dur=0.00" if name == "Server-Timing" else text) for name, text in headers]
        ready = ReadyAnswer(
            body=answered.answer.body,
            headers=kept,
            unchanged_headers=[one for one in kept if not one[0].startswith("Content-")],
            etag=next(text for name, text in kept if name == "ETag"),
            found_label=(answered.placement, "200"),
            unchanged_label=(answered.placement, "304"),
            reuse=reuse,
        )
        (self._familiar if reuse.familiar else self._strangers).put(query_string, ready)

    def _failed(self, error: Exception) -> None:
        if not self._has_failed:
            _log.error("hot_path_failed", error=type(error).__name__, exc_info=error)
        self._has_failed = True
