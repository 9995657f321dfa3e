"""What a worker's answers take while it counts outcomes of many events that came at once.

``python -m benchmarks.backlog [EVENTS]``: one worker over a SQLite store with so many events, asked by one connection
that pauses between requests, first with all of them counted and then with none. Hot requests are of shoppers whose
lists are kept, cold ones of lists that were never asked for.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import func, select, update

from benchmarks.machine import in_words
from benchmarks.outcomes import fill
from benchmarks.synthetic_model import synthetic_model
from recsvc.model.registry import Registry, Release
from recsvc.outcomes.recommendation_id import RecommendationIds
from recsvc.store.store import Store, open_store
from recsvc.store.tables import events, outcome_state

N_ITEMS, N_HOT = 20_000, 50
SECONDS, PAUSE_SECONDS = 20.0, 0.002
START_SECONDS, START_OF_PROCESS_SECONDS = 60, 3.0


class Asked:
    """A connection to the service, and how long its answers took."""

    def __init__(self, port: int, user_ids: list[str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._hot = [f"user_id={one}" for one in user_ids[:N_HOT]]
        self._cold = (f"user_id={one}&n={n}" for n in range(10, 101) for one in user_ids[N_HOT:])

    def during(self, seconds: float) -> dict[str, list[float]]:
        """Ask for so long; return milliseconds by kind."""
        taken: dict[str, list[float]] = {"hot": [], "cold": []}
        until = time.perf_counter() + seconds
        for turn in count():
            if time.perf_counter() > until:
                return taken
            kind = "cold" if turn % 5 == 0 else "hot"
            query = next(self._cold) if kind == "cold" else self._hot[turn % N_HOT]
            time.sleep(PAUSE_SECONDS)
            taken[kind].append(self._ask(query))
        return taken

    def _ask(self, query: str) -> float:
        started = time.perf_counter()
        self._connection.request("GET", f"/v1/recommend?{query}")
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"answered {answer.status}")
        return 1000 * (time.perf_counter() - started)


def in_one_line(taken: dict[str, list[float]]) -> str:
    """Return the percentiles of both kinds."""
    return "; ".join(
        f"{kind} p50 {np.percentile(each, 50):.2f} p99 {np.percentile(each, 99):.2f} ms ({len(each):,})"
        for kind, each in taken.items()
    )


def main() -> None:
    """Print a line without and one with a backlog, and how fast it was counted."""
    n_events = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with TemporaryDirectory() as name:
        directory = Path(name)
        model = synthetic_model(N_ITEMS)
        Registry(directory).publish(
            model, Release("1", "2026-01-02T03:04:05+00:00", None, {"users": len(model.users)}, {}, {})
        )
        with closing(open_store(f"sqlite:///{directory}/recsvc.db", timeout_seconds=60)) as store:
            store.prepare()
            fill(store, RecommendationIds(store.secret("recsvc lists")), n_events)
            _count_from(store, None)
            _measure(
                directory, store, [model.users.id_of(user) for user in range(len(model.users))], n_events
            )


def _measure(directory: Path, store: Store, user_ids: list[str], n_events: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "recsvc", "serve", "--models-dir", str(directory), "--port", str(port)]
    service = subprocess.Popen(
        [*command, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                asked = Asked(port, user_ids)
                asked.during(3.0)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        print(f"{n_events:,} events, load {os.getloadavg()[0]:.1f}; {in_words()}")
        print(f"without a backlog: {in_one_line(asked.during(SECONDS))}", flush=True)
        _count_from(store, 0)
        time.sleep(START_OF_PROCESS_SECONDS)
        started, before = time.perf_counter(), store.outcomes.lag().n_pending
        print(f"with a backlog:    {in_one_line(asked.during(SECONDS))}", flush=True)
        done, seconds = before - store.outcomes.lag().n_pending, time.perf_counter() - started
        print(f"{before:,} events and shoppers waited, {before - done:,} after {seconds:.0f} s", flush=True)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(30)


def _count_from(store: Store, number: int | None) -> None:
    """Have events counted from one on; None: none of those that there are."""
    newest = select(func.max(events.c.number)).scalar_subquery()
    with store._database.write() as connection:
        connection.execute(update(outcome_state).values(cursor=newest if number is None else number))


if __name__ == "__main__":
    main()
