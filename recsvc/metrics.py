"""What is counted and measured, for Prometheus; all workers of a service add up to one page."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from recsvc.metric_labels import SHOP_LABEL, ShopLabels
from recsvc.repeating import Repeating

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ROUTE_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)
FLUSH_SECONDS = 0.5

Total = tuple[str, str, Callable[[], float]]
"""A counter: its name, its help text, and what reads it."""

_log = structlog.get_logger(__name__)


class Metrics:
    """The metrics of one worker; where it serves several shops, those of one shop there.

    With ``directory``, where all workers of a service write, ``page`` shows their sum; ``worker`` is the number of the
    files there that are this one's. It goes on with the counts, not the gauges, of the worker that had them before.

    With ``shop``, each sample says whose it is, and ``page`` shows those of that shop alone. All shops of a worker
    write to the same files, so whoever makes them has called ``metrics_files.write_to``, once.
    """

    def __init__(self, directory: Path | None = None, worker: int = 0, shop: str | None = None) -> None:
        self._directory = directory
        self._of = ShopLabels(shop)
        if directory is not None and shop is None:
            metrics_files.write_to(directory, worker)
        self.registry = registry = CollectorRegistry()
        of = self._of
        self.requests = self._counter(
            "requests",
            "Requests for lists; cache is none where there was no list.",
            "placement",
            "status",
            "cache",
        )
        self.list_seconds = self._histogram(
            "list_seconds", "Time to rank and render one list.", SECONDS, "placement"
        )
        self.explanation_seconds = self._histogram(
            "explanation_seconds",
            "Time to make a list and explain the place of one item.",
            SECONDS,
            "placement",
        )
        self.stale = self._counter("stale_lists", "Answers with a list of the previous version.")
        self.shed = self._counter("shed_requests", "Requests refused because too many waited.")
        self.redis_errors = self._counter(
            "redis_errors",
            "Answers of Redis that were errors, by what they concern: a key, a command, writes, or the server itself.",
            "concern",
        )
        self.invalidations = self._counter(
            "invalidations", "Invalidations of a user's or of all lists.", "scope"
        )
        self.without_events = self._counter(
            "lists_without_events", "Lists made without looking at events, because the store did not answer."
        )
        self.webhooks = self._counter(
            "webhooks", "Webhooks that were tried, by what the receiver made of them.", "verdict"
        )
        self.model_swaps = self._counter("model_swaps", "Versions taken up.")
        self.model_refusals = self._counter("model_refusals", "Versions that could not be loaded.")
        self.route_seconds = self._histogram(
            "route_seconds",
            "Time to answer a request for anything but a list, by route, method and status; none is no route.",
            ROUTE_SECONDS,
            "route",
            "method",
            "status",
        )
        self._model = Gauge(
            "recsvc_model_info",
            "1 for the live version, 0 for those before it.",
            of.names("model_version"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._gauges: list[tuple[Gauge, Callable[[], float]]] = []
        self._totals: list[Total] = []
        self._batch = _Batch(self.requests, of, registry)
        self.count = self._batch.count
        self._updating = Repeating("metrics", FLUSH_SECONDS, self._try)

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        made = Counter(f"recsvc_{name}", help_text, self._of.names(*labels), registry=self.registry)
        return self._of.labelled(made) if labels else self._of.plain(made)

    def _histogram(self, name: str, help_text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        names = self._of.names(*labels)
        made = Histogram(f"recsvc_{name}", help_text, names, buckets=buckets, registry=self.registry)
        return self._of.labelled(made)

    def count_route(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request for anything but a list."""
        self.route_seconds.labels(route, method, status).observe(seconds)

    def watch(self, name: str, help_text: str, read: Callable[[], float], *, combine: str) -> None:
        """Show what ``read`` returns as a gauge; ``combine`` says how workers add up: sum or max."""
        mode = "livesum" if combine == "sum" else "livemax"
        names = self._of.names()
        gauge = Gauge(name, help_text, names, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]
        self._gauges.append((self._of.plain(gauge), read))

    def watch_total(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show what ``read`` returns as a counter; it is the same whichever worker reads it."""
        self._totals.append((name, help_text, read))

    def show_live(self, model_version: str) -> None:
        """Say which version is live."""
        model = self._of.labelled(self._model)
        for metric in self._model.collect():
            for sample in metric.samples:
                model.labels(sample.labels["model_version"]).set(0)
        model.labels(model_version).set(1)

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
        return _page(_everyone(self._directory) or self.registry, self._totals, self._of.shop)

    def _try(self) -> None:
        try:
            self.flush()
        except (OSError, ValueError) as error:  # such as a full disk
            _log.warning("metrics_not_written", detail=str(error))


def page_of_shops(shops: Sequence[Metrics], totals: Sequence[Total], directory: Path | None) -> bytes:
    """Return the metrics of all shops, and ``totals``; of all workers, if they write to ``directory``."""
    for metrics in shops:
        metrics.flush()
    return _page(_everyone(directory) or _Together([one.registry for one in shops]), totals)


def _everyone(directory: Path | None) -> CollectorRegistry | None:
    """Return what all workers wrote to ``directory``."""
    if directory is None:
        return None
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone, path=str(directory))  # type: ignore[no-untyped-call]
    return everyone


def _page(inner: Collector, totals: Iterable[Total], shop: str | None = None) -> bytes:
    page = CollectorRegistry()
    page.register(_WithRequestSeconds(inner, shop))
    page.register(_Totals(totals))
    return generate_latest(page)


_BOUNDS = (*map(str, SECONDS), "+Inf")
_IN_BUCKET, _IN_ALL = "recsvc_request_seconds_in_bucket", "recsvc_request_seconds_in_all"
"""Counters that workers write and ``_WithRequestSeconds`` shows as one histogram."""


class _Batch:
    """Requests, counted here and added to the metrics now and then: an increment there costs a microsecond.

    Times go to counters, one a bucket: a histogram takes one value at a time, and here are thousands a second.
    """

    def __init__(self, requests: Counter, of: ShopLabels, registry: CollectorRegistry) -> None:
        self._requests = requests
        self._in_bucket = of.labelled(
            Counter(_IN_BUCKET, "Requests.", of.names("cache", "le"), registry=registry)
        )
        self._in_all = of.labelled(Counter(_IN_ALL, "Seconds.", of.names("cache"), registry=registry))
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
    """Shows the metrics of ``inner``, or those of one shop there, with the counters of request times as a histogram."""

    def __init__(self, inner: Collector, shop: str | None = None) -> None:
        self._inner = inner
        self._shop = shop

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics."""
        in_bucket: dict[tuple[str, ...], dict[str, float]] = {}
        in_all: dict[tuple[str, ...], float] = {}
        names: tuple[str, ...] = ("cache",)
        for metric in self._inner.collect():
            if self._shop is not None:
                metric.samples = [one for one in metric.samples if one.labels.get(SHOP_LABEL) == self._shop]
            if metric.name not in (_IN_BUCKET, _IN_ALL):
                yield metric
                continue
            for sample in (one for one in metric.samples if one.name.endswith("_total")):
                labels = {name: value for name, value in sample.labels.items() if name != "le"}
                names = tuple(sorted(labels, reverse=True))  # the shop, then the cache
                whose = tuple(labels[name] for name in names)
                if metric.name == _IN_ALL:
                    in_all[whose] = sample.value
                else:
                    in_bucket.setdefault(whose, {})[sample.labels["le"]] = sample.value
        told = "Time to answer a request for a list, failures included."
        histogram = HistogramMetricFamily("recsvc_request_seconds", told, labels=names)
        for whose, counts in sorted(in_bucket.items()):
            n_until = accumulate(counts.get(bound, 0.0) for bound in _BOUNDS)
            histogram.add_metric(
                list(whose), list(zip(_BOUNDS, n_until, strict=True)), in_all.get(whose, 0.0)
            )
        yield histogram


class _Together(Collector):
    """Shows the metrics of several registries, each metric once."""

    def __init__(self, registries: Sequence[CollectorRegistry]) -> None:
        self._registries = registries

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        found: dict[str, Metric] = {}
        for registry in self._registries:
            for metric in registry.collect():
                first = found.setdefault(metric.name, metric)
                if first is not metric:
                    first.samples += metric.samples
        return found.values()


class _Totals(Collector):
    """Shows what is read when the page is made."""

    def __init__(self, totals: Iterable[Total]) -> None:
        self._totals = totals

    def collect(self) -> Iterable[Metric]:
        """Yield all counters."""
        for name, help_text, read in self._totals:
            yield CounterMetricFamily(name, help_text, value=read())
