"""What tracing costs: processor time of a request, without it, with a few of the requests traced, and with all.

``python -m benchmarks.tracing [--before DIRECTORY]`` makes up a model, and asks an application in a process of its own
for lists, without a server in front. The processes take turns, so that whatever else the machine does slows all of
them down; of each the median round counts. The time is that of all threads of the process: the one that sends spans to
a collector, which is beside them, is among these. ``--before`` names a checkout of an earlier version to compare with.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from rich.console import Console
from rich.table import Table
from werkzeug.test import create_environ

from benchmarks.synthetic_model import synthetic_model
from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry, Release
from recsvc.settings.settings import Settings

N_ITEMS = 4000
ROUNDS = 7
CASES = {"a list served before": (500, 40_000, 2**26), "a list made now": (500, 400, 0)}
"""Name -> shoppers that are asked for in turn, requests of a round, bytes of the near cache."""

SETTINGS: dict[str, dict[str, str]] = {
    "off": {},
    "1 % traced": {"RECSVC_TRACING_RATIO": "0.01"},
    "all traced": {"RECSVC_TRACING_RATIO": "1"},
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="checkout of an earlier version")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--asked", type=Path, help=argparse.SUPPRESS)  # in the process that is measured
    arguments = parser.parse_args()
    if arguments.asked is not None:
        print(json.dumps(microseconds(arguments.asked)))
        return
    with TemporaryDirectory() as directory, collector() as address:
        models = Path(directory)
        Registry(models).publish(synthetic_model(N_ITEMS), _release())
        measured = compare(models, address, arguments.before, arguments.rounds)
    Console(width=120).print(table(measured))


def _release() -> Release:
    return Release("1", "2026-01-01T00:00:00+00:00", None, {"items": N_ITEMS}, {}, {})


def compare(
    models: Path, address: str, before: Path | None, rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Return by name what each round took; the rounds take turns."""
    kinds = {
        name: (Path.cwd(), more | {"RECSVC_TRACING_ENDPOINT": address} if more else {})
        for name, more in SETTINGS.items()
    }
    if before is not None:
        kinds = {"before": (before.absolute(), {}), **kinds}
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, (tree, variables) in kinds.items():
            measured[name].append(_in_process(tree, models, variables))
    return measured


def _in_process(tree: Path, models: Path, variables: dict[str, str]) -> dict[str, float]:
    """Return what a request takes in a process that runs the code of ``tree``, and this file."""
    code = f"import runpy; runpy.run_path({__file__!r}, run_name='__main__')"
    paths = os.pathsep.join([str(tree), str(Path(__file__).parent.parent)])
    done = subprocess.run(
        [sys.executable, "-c", code, "--asked", str(models)],
        env={**os.environ, "PYTHONPATH": paths, **variables},
        cwd=models,
        capture_output=True,
        text=True,
        check=True,
    )
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def microseconds(models: Path) -> dict[str, float]:
    """Return by case how long this process is busy with one request."""
    users = Registry(models).load().model.users
    taken = {}
    for name, (n_users, n_requests, near_cache_bytes) in CASES.items():
        settings = Settings(models_dir=models, log_level="error", near_cache_bytes=near_cache_bytes)
        app = create_app(settings)
        environs = [
            create_environ("/v1/recommend", query_string={"user_id": users.id_of(user)})
            for user in range(n_users)
        ]
        asked = [*environs, *environs] if near_cache_bytes else environs[:20]
        for environ in asked:
            app(dict(environ), _started)
        busy = time.process_time()
        for environ in islice(cycle(environs), n_requests):
            app(dict(environ), _started)
        app.extensions[EXTENSION].close()  # with what is sent at the end
        taken[name] = 1e6 * (time.process_time() - busy) / n_requests
    return taken


def _started(status: str, _headers: list[tuple[str, str]], *_error: Any) -> Any:
    if status != "200 OK":
        raise RuntimeError(f"an answer was {status}")


@contextmanager
def collector() -> Iterator[str]:
    """Yield the address of a collector that takes everything and keeps nothing."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def table(measured: dict[str, list[dict[str, float]]]) -> Table:
    """Return a row for each way to run it: the median of its rounds, their range, and the ratio to the first way."""
    found = Table("µs of processor time a request", *CASES, title="tracing")
    first = next(iter(measured.values()))
    for name, rounds in measured.items():
        cells = []
        for case in CASES:
            values = [one[case] for one in rounds]
            ratios = [one[case] / other[case] for one, other in zip(rounds, first, strict=True)]
            cells.append(
                f"{median(values):,.1f} ({min(values):,.1f} to {max(values):,.1f}), × {median(ratios):.2f}"
            )
        found.add_row(name, *cells)
    return found


if __name__ == "__main__":
    main()
