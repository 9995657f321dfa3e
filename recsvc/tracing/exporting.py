"""The way of spans to the collector: a bounded queue, a thread that empties it, and few words when that fails."""

import logging
from collections import deque
from collections.abc import Sequence
from importlib.metadata import version
from threading import Thread

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

LIBRARY = "opentelemetry"
CLOSE_SECONDS = 3.0
"""How long the end of a process waits for the last spans; a collector that is away must not delay it."""

_log = structlog.get_logger(__name__)


class _LastWords(logging.Handler):
    """Keeps what the library said last, in place of printing it again and again: that it tried, and that it gave up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: deque[str] = deque(maxlen=2)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self._said.append(record.getMessage()[:300])

    @property
    def text(self) -> str:
        """The last messages."""
        return " ".join(self._said)


class ToldOnce(SpanExporter):
    """Sends spans by ``exporter`` to ``address``; says once that it cannot, and once that it can again.

    Spans that could not be sent are lost: they are worth no memory, and no second of a request.
    """

    def __init__(self, exporter: SpanExporter, address: str) -> None:
        self._exporter = exporter
        self._address = address
        self._last_words = _hear_the_library()
        self._n_lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send ``spans``; runs in the one thread of the queue."""
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            if not self._n_lost:
                _log.warning("tracing_lost", address=self._address, detail=self._last_words.text)
            self._n_lost += len(spans)
        elif self._n_lost:
            _log.info("tracing_back", spans_lost=self._n_lost)
            self._n_lost = 0
        return result

    def shutdown(self) -> None:
        """Send no more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Return whether nothing is held back here; nothing is."""
        return self._exporter.force_flush(timeout_millis)


def _hear_the_library() -> _LastWords:
    """Let the library's log go here alone."""
    last_words, logger = _LastWords(), logging.getLogger(LIBRARY)
    logger.handlers = [last_words]
    logger.propagate = False
    return last_words


def make_provider(address: str) -> TracerProvider:
    """Return what makes spans and sends them to ``address``.

    Of the variables of OpenTelemetry the libraries heed those of the resource (``OTEL_SERVICE_NAME``,
    ``OTEL_RESOURCE_ATTRIBUTES``), of the queue (``OTEL_BSP_*``), of limits, and of the way to the collector but for
    its address.
    """
    ours = Resource({SERVICE_NAME: "recsvc", SERVICE_VERSION: version("recsvc")})
    provider = TracerProvider(
        sampler=ALWAYS_ON,  # who is traced is decided before there is a span: see TracedRequests
        resource=Resource.create().merge(ours).merge(OTELResourceDetector().detect()),
        shutdown_on_exit=False,  # the library would wait for a collector that is away for half a minute
    )
    provider.add_span_processor(BatchSpanProcessor(ToldOnce(OTLPSpanExporter(endpoint=address), address)))
    return provider


def close_provider(provider: TracerProvider) -> None:
    """Send what waits, for at most ``CLOSE_SECONDS``."""
    closing = Thread(target=provider.shutdown, name="tracing-close", daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS)
