"""A span for each traced request, below that of its caller."""

from collections.abc import Collection, Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, detach, set_value
from opentelemetry.trace import Span, SpanKind, Tracer, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from recsvc.tracing.traced import REQUEST, note_error, watched
from recsvc.tracing.tracing import RouteOf

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TRACE_CONTEXT = TraceContextTextMapPropagator()


def context_of(traceparent: str | None) -> Context | None:
    """Return the context that the W3C's header says; None without one, and for one that is malformed.

    ``tracestate`` and ``baggage`` are not read: they may hold anything, a shopper's id too.
    """
    if not traceparent:
        return None
    context = _TRACE_CONTEXT.extract({"traceparent": traceparent}, Context())
    return context if get_current_span(context).get_span_context().is_valid else None


def is_sampled(context: Context) -> bool:
    """Return whether the caller traces this."""
    return get_current_span(context).get_span_context().trace_flags.sampled


class TracedRequests:
    """WSGI middleware around ``app``.

    The caller decides whether a request is traced; where it does not, a share of ``ratio`` is. A request that is not
    traced costs the draw of a number, and no span. What a span says of a request is its method, its route and its
    status: no path, no query, no header.

    Args:
        app: what answers.
        tracer: makes the spans.
        ratio: 0 to 1.
        route_of: returns the template of a route.
        untraced: paths that are asked by machines all the time.
        rng: draws.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the application and what decides
        self,
        app: "WSGIApplication",
        tracer: Tracer,
        ratio: float,
        route_of: RouteOf,
        untraced: Collection[str],
        rng: Random,
    ) -> None:
        self._app = app
        self._tracer = tracer
        self._ratio = ratio
        self._route_of = route_of
        self._untraced = frozenset(untraced)
        self._draw = rng.random

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let ``app`` answer; the span ends when the body is ready, or begins to be sent."""
        parent = context_of(environ.get("HTTP_TRACEPARENT"))
        is_traced = self._draw() < self._ratio if parent is None else is_sampled(parent)
        if not is_traced or environ.get("PATH_INFO") in self._untraced:
            return self._app(environ, start_response)
        # An empty context: threads of the server answer one request after the other.
        span = self._tracer.start_span("HTTP", parent or Context(), SpanKind.SERVER)
        token = attach(set_value(REQUEST, span, set_span_in_context(span)))
        try:
            return self._answer(span, environ, start_response)
        finally:
            detach(token)
            span.end()

    def _answer(
        self, span: Span, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def note(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            span.set_attribute("http.response.status_code", int(status[:3]))
            if status[0] == "5":
                note_error(span, status[:3])
            return start_response(status, headers, *exc_info)

        try:
            body: Iterable[bytes] = watched(span, self._app, environ, note)
        finally:
            method = environ["REQUEST_METHOD"]
            method = method if method in _METHODS else "_OTHER"
            route = self._route_of(environ)
            span.set_attribute("http.request.method", method)
            span.update_name(" ".join(filter(None, (method.replace("_OTHER", "HTTP"), route))))
            if route is not None:
                span.set_attribute("http.route", route)
        return body
