"""What is counted and measured, for Prometheus; all workers of a service add up to one page."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from threading import Lock
from time import perf_counter

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from recsvc import metrics_files
from recsvc.repeating import Repeating

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ROUTE_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)
FLUSH_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class Metrics:
    """The metrics of one worker.

    With ``directory``, where all workers of a service write, ``page`` shows their sum; ``worker`` is the number of the
    files there that are this one's. It goes on with the counts, not the gauges, of the worker that had them before.
    """

    def __init__(self, directory: Path | None = None, worker: int = 0) -> None:
        self._directory = directory
        if directory is not None:
            metrics_files.write_to(directory, worker)
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "recsvc_requests",
            "Requests for lists; cache is none where there was no list.",
            ["placement", "status", "cache"],
            registry=registry,
        )
        self.list_seconds = Histogram(
            "recsvc_list_seconds",
            "Time to rank and render one list.",
            ["placement"],
            buckets=SECONDS,
            registry=registry,
        )
        self.explanation_seconds = Histogram(
            "recsvc_explanation_seconds",
            "Time to make a list and explain the place of one item.",
            ["placement"],
            buckets=SECONDS,
            registry=registry,
        )
        self.stale = Counter(
            "recsvc_stale_lists", "Answers with a list of the previous version.", registry=registry
        )
        self.shed = Counter(
            "recsvc_shed_requests", "Requests refused because too many waited.", registry=registry
        )
        self.redis_errors = Counter(
            "recsvc_redis_errors",
            "Answers of Redis that were errors, by what they concern: a key, a command, writes, or the server itself.",
            ["concern"],
            registry=registry,
        )
        self.invalidations = Counter(
            "recsvc_invalidations", "Invalidations of a user's or of all lists.", ["scope"], registry=registry
        )
        self.without_events = Counter(
            "recsvc_lists_without_events",
            "Lists made without looking at events, because the store did not answer.",
            registry=registry,
        )
        self.model_swaps = Counter("recsvc_model_swaps", "Versions taken up.", registry=registry)
        self.model_refusals = Counter(
            "recsvc_model_refusals", "Versions that could not be loaded.", registry=registry
        )
        self.route_seconds = Histogram(
            "recsvc_route_seconds",
            "Time to answer a request for anything but a list, by route, method and status; none is no route.",
            ["route", "method", "status"],
            buckets=ROUTE_SECONDS,
            registry=registry,
        )
        self._model = Gauge(
            "recsvc_model_info",
            "1 for the live version, 0 for those before it.",
            ["model_version"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._gauges: list[tuple[Gauge, Callable[[], float]]] = []
        self._totals: list[tuple[str, str, Callable[[], float]]] = []
        self._batch = _Batch(self.requests, registry)
        self.count = self._batch.count
        self._updating = Repeating("metrics", FLUSH_SECONDS, self._try)

    def count_route(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request for anything but a list."""
        self.route_seconds.labels(route, method, status).observe(seconds)

    def watch(self, name: str, help_text: str, read: Callable[[], float], *, combine: str) -> None:
        """Show what ``read`` returns as a gauge; ``combine`` says how workers add up: sum or max."""
        mode = "livesum" if combine == "sum" else "livemax"
        gauge = Gauge(name, help_text, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]
        self._gauges.append((gauge, read))

    def watch_total(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show what ``read`` returns as a counter; it is the same whichever worker reads it."""
        self._totals.append((name, help_text, read))

    def show_live(self, model_version: str) -> None:
        """Say which version is live."""
        for metric in self._model.collect():
            for sample in metric.samples:
                self._model.labels(sample.labels["model_version"]).set(0)
        self._model.labels(model_version).set(1)

    @contextmanager
    def timing_list(self, placement: str) -> Iterator[None]:
        """Measure how long the block takes to make a list."""
        started = perf_counter()
        try:
            yield
        finally:
            self.list_seconds.labels(placement).observe(perf_counter() - started)

    @contextmanager
    def timing_explanation(self, placement: str) -> Iterator[None]:
        """Measure how long the block takes to explain a list."""
        with self.explanation_seconds.labels(placement).time():
            yield

    def start(self) -> None:
        """Keep gauges and batched counts up to date from now on."""
        self._updating.start()

    def stop(self) -> None:
        """Stop; what was counted is on the page."""
        self._updating.stop()
        self.flush()

    def flush(self) -> None:
        """Bring gauges and batched counts up to date."""
        self._batch.flush()
        for gauge, read in self._gauges:
            gauge.set(read())

    def page(self) -> bytes:
        """Return the metrics of all workers in the text format of Prometheus."""
        self.flush()
        everyone = self.registry
        if self._directory is not None:
            everyone = CollectorRegistry()
            MultiProcessCollector(everyone, path=str(self._directory))  # type: ignore[no-untyped-call]
        page = CollectorRegistry()
        page.register(_WithRequestSeconds(everyone))
        page.register(_Totals(self._totals))
        return generate_latest(page)

    def _try(self) -> None:
        try:
            self.flush()
        except (OSError, ValueError) as error:  # such as a full disk
            _log.warning("metrics_not_written", detail=str(error))


_BOUNDS = (*map(str, SECONDS), "+Inf")
_IN_BUCKET, _IN_ALL = "recsvc_request_seconds_in_bucket", "recsvc_request_seconds_in_all"
"""Counters that workers write and ``_WithRequestSeconds`` shows as one histogram."""


class _Batch:
    """Requests, counted here and added to the metrics now and then: an increment there costs a microsecond.

    Times go to counters, one a bucket: a histogram takes one value at a time, and here are thousands a second.
    """

    def __init__(self, requests: Counter, registry: CollectorRegistry) -> None:
        self._requests = requests
        self._in_bucket = Counter(_IN_BUCKET, "Requests.", ["cache", "le"], registry=registry)
        self._in_all = Counter(_IN_ALL, "Seconds.", ["cache"], registry=registry)
        self._lock = Lock()
        self._counts: dict[tuple[str, str, str], int] = {}
        self._times: dict[str, list[float]] = {}

    def count(self, placement: str, status: str, cache: str, seconds: float) -> None:
        """Count a request for a list; ``cache`` is none where there was no list."""
        label, bucket = (placement, status, cache), bisect_left(SECONDS, seconds)
        with self._lock:
            self._counts[label] = self._counts.get(label, 0) + 1
            times = self._times.get(cache)
            if times is None:
                times = self._times[cache] = [0.0] * (len(SECONDS) + 2)
            times[bucket] += 1
            times[-1] += seconds

    def flush(self) -> None:
        """Add what was counted to the metrics."""
        with self._lock:
            counts, self._counts = self._counts, {}
            times, self._times = self._times, {}
        for label, number in counts.items():
            self._requests.labels(*label).inc(number)
        for cache, (*buckets, seconds) in times.items():
            for bound, added in zip(_BOUNDS, buckets, strict=True):
                if added:
                    self._in_bucket.labels(cache, bound).inc(added)
            self._in_all.labels(cache).inc(seconds)


class _WithRequestSeconds(Collector):
    """Shows the metrics of ``inner``, with the counters of request times as a histogram."""

    def __init__(self, inner: CollectorRegistry) -> None:
        self._inner = inner

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics."""
        in_bucket: dict[str, dict[str, float]] = {}
        in_all: dict[str, float] = {}
        for metric in self._inner.collect():
            totals = [sample for sample in metric.samples if sample.name.endswith("_total")]
            if metric.name == _IN_BUCKET:
                for sample in totals:
                    in_bucket.setdefault(sample.labels["cache"], {})[sample.labels["le"]] = sample.value
            elif metric.name == _IN_ALL:
                in_all = {sample.labels["cache"]: sample.value for sample in totals}
            else:
                yield metric
        told = "Time to answer a request for a list, failures included."
        histogram = HistogramMetricFamily("recsvc_request_seconds", told, labels=["cache"])
        for cache, counts in sorted(in_bucket.items()):
            n_until = accumulate(counts.get(bound, 0.0) for bound in _BOUNDS)
            histogram.add_metric([cache], list(zip(_BOUNDS, n_until, strict=True)), in_all.get(cache, 0.0))
        yield histogram


class _Totals(Collector):
    """Shows what is read when the page is made."""

    def __init__(self, totals: Iterable[tuple[str, str, Callable[[], float]]]) -> None:
        self._totals = totals

    def collect(self) -> Iterable[Metric]:
        """Yield all counters."""
        for name, help_text, read in self._totals:
            yield CounterMetricFamily(name, help_text, value=read())
