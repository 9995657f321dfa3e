"""What it costs to put the shop's own list in a shopper's order, by the length of the list.

``python -m benchmarks.rank --models-dir DIR`` asks a service over the live model there, one request after the other:
``POST /v1/rank`` for shoppers and items drawn at random. Beside the milliseconds of a client on the same machine stands
what the service itself says in ``Server-Timing``: without HTTP and the validation of the ids.
"""

import argparse
import json
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.answers import server
from benchmarks.machine import in_words
from recsvc.model.model import Model
from recsvc.model.registry import Registry

LENGTHS = (20, 100, 200, 500, 1000)
N_REQUESTS, N_WARM = 300, 50


def main() -> None:
    """Measure each length; print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models-dir", type=Path, required=True)
    directory = parser.parse_args().models_dir
    model = Registry(directory).load().model
    table = Table("items", "p50 ms", "p99 ms", "in the service p50", "p99", title="POST /v1/rank", box=None)
    serve = [sys.executable, "-m", "recsvc", "serve", "--models-dir", str(directory), "--workers", "1"]
    with server([*serve, "--port"]) as port:
        for length in LENGTHS:
            taken = measure(port, model, min(length, model.n_items))
            figures = [np.percentile(column, share) for column in taken.T for share in (50, 99)]
            table.add_row(f"{length:,}", *(f"{figure:.2f}" for figure in figures))
    Console(width=100).print(table, f"{model.n_items:,} items, {len(model.users):,} shoppers; {in_words()}")


def measure(port: int, model: Model, length: int) -> np.ndarray:
    """Return milliseconds seen by the client and said by the service; float64, shape (n_requests, 2)."""
    rng, connection = np.random.default_rng(length), HTTPConnection("127.0.0.1", port, timeout=30)
    taken = []
    for _ in range(N_WARM + N_REQUESTS):
        items = rng.choice(model.n_items, length, replace=False).tolist()
        user_id = model.users.id_of(int(rng.integers(len(model.users))))
        body = json.dumps({"user_id": user_id, "item_ids": [model.items.id_of(item) for item in items]})
        started = time.perf_counter()
        connection.request("POST", "/v1/rank", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = json.loads(answer.read())
        seconds = time.perf_counter() - started
        if answer.status != 200 or sorted(said["item_ids"]) != sorted(json.loads(body)["item_ids"]):
            raise RuntimeError(f"answered {answer.status}")
        taken.append((1000 * seconds, float((answer.headers["Server-Timing"] or "0").rpartition("=")[2])))
    return np.asarray(taken[N_WARM:])


if __name__ == "__main__":
    main()
