"""What one list costs that no cache has, by the size of the catalogue.

``python -m benchmarks.cold_path [--items 4000,100000,1000000]`` makes models up, publishes them, measures
``Recommender.recommend`` in this process and the memory of a second worker, and writes ``cold_path.json``.
``--models-dir DIR`` measures the live model there instead, and writes nothing. CPU is that of one thread; beside it
stands that of a list without reasons.
"""

import argparse
import json
import platform
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks.service_memory import pss_bytes
from benchmarks.synthetic_model import synthetic_model
from recsvc.model.arrays import ITEM_TABLES
from recsvc.model.model import Model
from recsvc.model.registry import Registry, Release
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from training.fit.heads import RECALL_K, fit_heads
from training.settings import TrainingSettings

RESULTS = Path(__file__).parent / "cold_path.json"
ITEMS = "4000,100000,1000000"
N_LISTS = 300
N_COMPARED = 60
LIST_LENGTH = 20


def main() -> None:
    """Measure each size; print one table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", default=ITEMS, help="sizes of the catalogue, by commas")
    parser.add_argument("--models-dir", type=Path, help="measure the live model of this directory")
    arguments = parser.parse_args()
    console = Console(width=150)
    with threadpool_limits(1):
        if arguments.models_dir is not None:
            model = Registry(arguments.models_dir).load().model
            console.print(_table([{"items": f"{model.n_items:,}", **_of_lists(model)}]))
            return
        rows = [measure(int(size)) for size in arguments.items.split(",")]
    console.print(_table(rows))
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    RESULTS.write_text(json.dumps({"machine": machine, "cold_path": rows}, indent=2) + "\n")
    console.print(f"written to {RESULTS}")


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return a line for each measurement and a column for each model: there are more measurements than models."""
    table = Table("one cold list: p50 / p99", *(row["items"] for row in rows))
    for name in list(rows[0])[1:]:
        table.add_row(name, *(str(row[name]) for row in rows))
    return table


def measure(n_items: int) -> dict[str, Any]:
    """Return the row of the table for a catalogue of ``n_items``."""
    exact = synthetic_model(n_items)
    tables = {table.name: getattr(exact, table.name) for table in ITEM_TABLES}
    started = time.perf_counter()
    heads = fit_heads(tables, exact.user_factors, TrainingSettings())
    build_seconds = time.perf_counter() - started
    model = replace(exact, heads=heads)
    with TemporaryDirectory() as directory:
        Registry(Path(directory)).publish(model, _release(n_items))
        users = [model.users.id_of(user) for user in range(2 * N_LISTS)]
        one, two = (pss_bytes(Path(directory), users, n_workers) / 2**20 for n_workers in (1, 2))
        mapped = Registry(Path(directory)).load().model
        of_lists = _of_lists(mapped)
        exact_times = milliseconds(replace(mapped, heads={}), Placement.FOR_YOU)
    return {
        "items": f"{n_items:,}",
        **of_lists,
        "exact for_you CPU ms": _p50_p99(exact_times[:, 1]),
        f"recall@{RECALL_K}": round(_recall(model), 4),
        f"overlap@{LIST_LENGTH}": round(_overlap(model, exact), 4),
        "index s": round(build_seconds, 1),
        "index MB": round(sum(head.rows.nbytes + head.items.nbytes for head in heads.values()) / 1e6, 1),
        "service MiB": round(one),
        "second adds MiB": round(two - one),
    }


_PLACEMENTS = (Placement.FOR_YOU, Placement.DISCOVER)


def _p50_p99(times: NDArray[np.float64]) -> str:
    return " / ".join(f"{value:.2f}" for value in np.percentile(times, (50, 99)))


def _of_lists(model: Model) -> dict[str, str]:
    """Return how long lists of each placement take."""
    rows = {}
    for name in _PLACEMENTS:
        times, bare = milliseconds(model, name), milliseconds(model, name, with_reasons=False)
        rows[f"{name} ms"] = _p50_p99(times[:, 0])
        rows[f"{name} CPU ms"] = _p50_p99(times[:, 1])
        rows[f"{name} CPU ms without reasons"] = _p50_p99(bare[:, 1])
    return rows


def milliseconds(model: Model, placement: Placement, *, with_reasons: bool = True) -> NDArray[np.float64]:
    """Return how long each of ``N_LISTS`` lists took, and how long the processor was busy with it; shape (n, 2)."""
    recommender, times = Recommender(model), []
    make = recommender.recommend if with_reasons else recommender.item_ids
    for i in range(-10, N_LISTS):
        query = Query(placement, LIST_LENGTH, model.users.id_of(i % model.n_users))
        started, busy = time.perf_counter(), time.thread_time()
        make(query)
        times.append((1000 * (time.perf_counter() - started), 1000 * (time.thread_time() - busy)))
    return np.asarray(times[10:])  # the first ones read the files


def _overlap(model: Model, exact: Model) -> float:
    """Return how much of the lists of the one model is in those of the other."""
    if not model.heads:
        return 1.0
    recommenders, shared = (Recommender(model), Recommender(exact)), []
    for user in range(N_COMPARED):
        query = Query(Placement.FOR_YOU, LIST_LENGTH, model.users.id_of(user))
        lists = [{item.item_id for item in one.recommend(query).items} for one in recommenders]
        shared.append(len(lists[0] & lists[1]) / len(lists[1]))
    return float(np.mean(shared))


def _recall(model: Model) -> float:
    """Return the lowest share, over the tables, of the best items of shoppers that are in the head."""
    return min((_recall_of(model, name) for name in model.heads), default=1.0)


def _recall_of(model: Model, name: str) -> float:
    table, found = getattr(model, name), []
    for taste in model.user_factors[-N_COMPARED:]:
        unit = np.append(taste / np.linalg.norm(taste), np.float32(1))[: table.shape[1]]
        scores = table @ unit
        best = np.argpartition(scores, -RECALL_K)[-RECALL_K:]
        found.append(np.isin(best[scores[best] > 0], model.heads[name].items).mean())
    return float(np.mean(found))


def _release(n_items: int) -> Release:
    return Release("1", "2026-01-01T00:00:00+00:00", None, {"items": n_items}, {}, {})


if __name__ == "__main__":
    main()
