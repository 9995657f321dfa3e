"""Tracing that is on, by OpenTelemetry."""

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar, cast

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import INVALID_SPAN, Tracer, format_span_id, format_trace_id, get_current_span

from recsvc.tracing.exporting import close_provider, make_provider
from recsvc.tracing.requests import TracedRequests, context_of, is_sampled
from recsvc.tracing.traced import Traced, note_error, public_calls
from recsvc.tracing.tracing import Attributes, RouteOf, S, Step, Steps, Tracing

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

T = TypeVar("T")


def add_trace(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401
    """Add to a line of the log which trace it belongs to, if to any."""
    span = get_current_span()
    if span.is_recording():
        context = span.get_span_context()
        line["trace_id"] = format_trace_id(context.trace_id)
        line["span_id"] = format_span_id(context.span_id)
    return line


class TracedSteps:
    """Tells ``progress`` of each step, and makes a span of it."""

    def __init__(self, progress: Steps, tracer: Tracer) -> None:
        self._progress = progress
        self._tracer = tracer

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[Any]:
        """Begin a step, and return what ``progress`` returns."""
        return self._step(title, total)

    @contextmanager
    def _step(self, title: str, total: int | None) -> Iterator[Any]:
        if not get_current_span().is_recording():
            with self._progress.step(title, total) as done:
                yield done
            return
        with _span(self._tracer, title) as _, self._progress.step(title, total) as done:
            yield done


class LiveTracing(Tracing):
    """Makes spans by ``provider``; a share of ``ratio`` of the requests whose caller did not decide is traced."""

    log_fields = (add_trace,)

    def __init__(self, provider: TracerProvider, ratio: float) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("recsvc")
        self._ratio = ratio

    @classmethod
    def to(cls, address: str, ratio: float) -> "LiveTracing":
        """Return what sends its spans to ``address``."""
        return cls(make_provider(address), ratio)

    def around(self, part: T, steps: Mapping[str, Step]) -> T:
        """Return ``part`` with each call of these methods traced."""
        return cast("T", Traced(part, self._tracer, steps))

    def around_all(self, part: T, step: Step) -> T:
        """Return ``part`` with each call of its public methods traced as ``step``, whose name is put before theirs."""
        return self.around(
            part, {name: replace(step, name=f"{step.name}{name}") for name in public_calls(part)}
        )

    def requests(
        self, app: "WSGIApplication", route_of: RouteOf, untraced: Collection[str]
    ) -> "WSGIApplication":
        """Return ``app`` with its requests traced, but for the paths ``untraced``."""
        rng = Random()  # noqa: S311 - chooses requests, protects nothing
        return TracedRequests(app, self._tracer, self._ratio, route_of, untraced, rng)

    def steps(self, progress: S) -> S:
        """Return ``progress`` with each step traced."""
        return cast("S", TracedSteps(progress, self._tracer))

    @contextmanager
    def run(self, name: str, traceparent: str | None = None) -> Iterator[Callable[[Attributes], None]]:
        """Trace the block, unless the caller who gave ``traceparent`` traces nothing; then send what waits."""
        parent = context_of(traceparent)
        if parent is not None and not is_sampled(parent):
            yield INVALID_SPAN.set_attributes
            return
        with _span(self._tracer, name, parent or Context()) as say:
            yield say

    def close(self) -> None:
        """Send what waits, within a few seconds, and no more from now on."""
        close_provider(self._provider)


@contextmanager
def _span(tracer: Tracer, name: str, parent: Context | None = None) -> Iterator[Callable[[Attributes], None]]:
    """Make the block a span, and note an error by its class; yield what adds to the span."""
    with tracer.start_as_current_span(
        name, parent, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span.set_attributes
        except BaseException as error:
            note_error(span, type(error).__name__)
            raise
