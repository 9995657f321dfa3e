"""What is counted and measured, for Prometheus; all workers of a service add up to one page."""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from time import perf_counter

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
FLUSH_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class Metrics:
    """The metrics of one worker.

    With ``directory``, where all workers of a service write, ``page`` shows their sum; the files of a worker
    that died are taken out of the gauges by the one that follows it.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        if directory is not None:
            _write_to(directory)
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "recsvc_requests",
            "Requests for lists; cache is none where there was no list.",
            ["placement", "status", "cache"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "recsvc_request_seconds",
            "Time to answer a request for a list, failures included.",
            ["cache"],
            buckets=SECONDS,
            registry=registry,
        )
        self.list_seconds = Histogram(
            "recsvc_list_seconds",
            "Time to rank and render one list.",
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
        self.dropped = Counter(
            "recsvc_invalidations", "Drops of a user's or of all lists.", ["scope"], registry=registry
        )
        self.model_swaps = Counter("recsvc_model_swaps", "Versions taken up.", registry=registry)
        self.model_refusals = Counter(
            "recsvc_model_refusals", "Versions that could not be loaded.", registry=registry
        )
        self._model = Gauge(
            "recsvc_model_info",
            "1 for the live version, 0 for those before it.",
            ["model_version"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._gauges: list[tuple[Gauge, Callable[[], float]]] = []
        self._hot = _HotCounts(self.requests, self.request_seconds)
        self.count_hot = self._hot.count
        self._stop = Event()
        self._thread = Thread(target=self._run, name="metrics", daemon=True)

    def watch(self, name: str, help_text: str, read: Callable[[], float], *, combine: str) -> None:
        """Show what ``read`` returns as a gauge; ``combine`` says how workers add up: sum or max."""
        mode = "livesum" if combine == "sum" else "livemax"
        gauge = Gauge(name, help_text, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]
        self._gauges.append((gauge, read))

    def show_live(self, model_version: str) -> None:
        """Say which version is live."""
        for metric in self._model.collect():
            for sample in metric.samples:
                self._model.labels(sample.labels["model_version"]).set(0)
        self._model.labels(model_version).set(1)

    def count(self, placement: str, status: str, cache: str, seconds: float) -> None:
        """Count a request for a list that Flask answered."""
        self.requests.labels(placement, status, cache).inc()
        self.request_seconds.labels(cache).observe(seconds)

    @contextmanager
    def timing_list(self, placement: str) -> Iterator[None]:
        """Measure how long the block takes to make a list."""
        started = perf_counter()
        try:
            yield
        finally:
            self.list_seconds.labels(placement).observe(perf_counter() - started)

    def start(self) -> None:
        """Keep gauges and batched counts up to date from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what was counted is on the page."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Bring gauges and batched counts up to date."""
        self._hot.flush()
        for gauge, read in self._gauges:
            gauge.set(read())

    def page(self) -> bytes:
        """Return the metrics of all workers in the text format of Prometheus."""
        self.flush()
        if self._directory is None:
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone, path=str(self._directory))  # type: ignore[no-untyped-call]
        return generate_latest(everyone)

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            try:
                self.flush()
            except (OSError, ValueError) as error:  # a full disk must not end the thread
                _log.warning("metrics_not_written", detail=str(error))


class _HotCounts:
    """Counts of the hot path, added to the metrics in batches: each increment there costs a microsecond."""

    def __init__(self, requests: Counter, seconds: Histogram) -> None:
        self._requests = requests
        self._near = seconds.labels("near")
        self._lock = Lock()
        self._counts: dict[tuple[str, str], int] = {}
        self._buckets = [0] * (len(SECONDS) + 1)
        self._seconds = 0.0

    def count(self, label: tuple[str, str], seconds: float) -> None:
        """Count an answer; ``label`` is its placement and its status."""
        bucket = bisect_left(SECONDS, seconds)
        with self._lock:
            self._counts[label] = self._counts.get(label, 0) + 1
            self._buckets[bucket] += 1
            self._seconds += seconds

    def flush(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, {}
            buckets, self._buckets = self._buckets, [0] * len(self._buckets)
            seconds, self._seconds = self._seconds, 0.0
        for (placement, status), number in counts.items():
            self._requests.labels(placement, status, "near").inc(number)
        if counts:
            # observe() takes one value at a time; here are thousands a second.
            for bucket, number in zip(self._near._buckets, buckets, strict=True):
                if number:
                    bucket.inc(number)
            self._near._sum.inc(seconds)


def _write_to(directory: Path) -> None:
    """Let this process write its metrics to ``directory`` and clean up after workers that are gone."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    for path in directory.glob("gauge_live*_*.db"):
        pid = int(path.stem.rsplit("_", 1)[1])
        if not _is_alive(pid):
            mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
