"""One point: a sample shop of some size, trained and served, each in processes of their own.

``python -m benchmarks.growth.point STEP DIRECTORY`` is such a process; it prints what it measured as JSON.
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cold_path import milliseconds
from benchmarks.redis_bytes import measure as measure_redis
from benchmarks.service_memory import worker_bytes
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement
from training.job import TrainingJob
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

SHOP, MODELS = "shop", "models"
N_WORKERS = 2


@dataclass(frozen=True)
class Size:
    """How large a sample shop is."""

    lines: int
    users: int
    items: int


@dataclass(frozen=True)
class Point:
    """What was measured of a shop.

    Attributes:
        size: that was asked for.
        users, items, user_items: that the model learned.
        train_seconds, train_cpu_seconds: of a whole run; of the processor over all cores.
        train_peak_bytes: the most memory that the run ever had.
        version_bytes: of the files of the version.
        worker_own_bytes, worker_shared_bytes: memory of a serving worker that it has alone, and with other processes.
        redis_bytes: of a list of ten for each shopper; NaN where there is no Redis.
        cold_p50_ms: processor time of a list of twenty that no cache has, in the middle.
    """

    size: Size
    users: int
    items: int
    user_items: int
    train_seconds: float
    train_cpu_seconds: float
    train_peak_bytes: float
    version_bytes: float
    worker_own_bytes: float
    worker_shared_bytes: float
    redis_bytes: float
    cold_p50_ms: float

    def to_json(self) -> dict[str, object]:
        """Return the point as values of JSON."""
        return asdict(self)

    @classmethod
    def of_json(cls, values: dict[str, object]) -> "Point":
        """Return the point that ``to_json`` wrote."""
        size = Size(**values["size"])  # type: ignore[arg-type]  # as it was written
        return cls(**{**values, "size": size})  # type: ignore[arg-type]


def measure(size: Size, directory: Path) -> Point:
    """Make the shop up below ``directory``, train on it and serve it."""
    (directory / "size.json").write_text(json.dumps(asdict(size)))
    for step in ("sample", "train", "serve", "lists"):
        found = subprocess.run(
            [sys.executable, "-m", "benchmarks.growth.point", step, str(directory)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        (directory / f"{step}.json").write_text(found.stdout)
    measured = [json.loads((directory / f"{step}.json").read_text()) for step in ("train", "serve", "lists")]
    return Point(size, **{name: value for one in measured for name, value in one.items()})


def _sample(directory: Path) -> dict[str, float]:
    size = json.loads((directory / "size.json").read_text())
    shop = SampleShop(users=size["users"], items=size["items"], order_lines=size["lines"])
    write_sample_shop(shop, directory / SHOP)
    return {}


def _train(directory: Path) -> dict[str, float]:
    orders = OrderSources((str(directory / SHOP / "orders.csv"),))
    job = TrainingJob(orders, directory / MODELS, TrainingSettings(), datetime.now(UTC), force=True)
    started, busy = time.perf_counter(), time.process_time()
    outcome = job.run(Silent(), lambda _summary, _path: None)
    taken = {"train_seconds": time.perf_counter() - started, "train_cpu_seconds": time.process_time() - busy}
    counts = {name: outcome.manifest.counts[name] for name in ("users", "items", "user_items")}
    n_bytes = sum(path.stat().st_size for path in outcome.directory.iterdir())
    return {**counts, **taken, "train_peak_bytes": _peak_bytes(), "version_bytes": n_bytes}


def _peak_bytes() -> float:
    """Return the most memory that this process ever had; that of the resource module is its parent's at first."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(float(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def _serve(directory: Path) -> dict[str, float]:
    users = Registry(directory / MODELS).load().model.users
    ids = [users.id_of(user) for user in range(min(len(users), 200))]
    own, shared = worker_bytes(directory / MODELS, ids, N_WORKERS)
    return {"worker_own_bytes": own, "worker_shared_bytes": shared}


def _lists(directory: Path) -> dict[str, float]:
    model = Registry(directory / MODELS).load().model
    with threadpool_limits(1):
        busy = milliseconds(model, Placement.FOR_YOU)[:, 1]
    of_redis = measure_redis(directory / MODELS)
    a_shopper = of_redis[0]["used_memory a shopper"] if of_redis else float("nan")
    return {"cold_p50_ms": float(np.median(busy)), "redis_bytes": float(a_shopper) * model.n_users}


STEPS = {"sample": _sample, "train": _train, "serve": _serve, "lists": _lists}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]))))
