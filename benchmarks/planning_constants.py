"""Measure what ``recsvc plan`` reckons with: ``python -m benchmarks.planning_constants`` (some minutes)."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

import recsvc
from benchmarks.machine import in_words
from benchmarks.redis_bytes import PLACEMENTS, measure
from benchmarks.service_memory import N_LISTS, pss_bytes
from benchmarks.synthetic_model import synthetic_model
from recsvc.cli.plan import CONSTANTS
from recsvc.model.artifact import Manifest
from recsvc.model.registry import Registry, Release
from training.job import TrainingJob
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

RESULTS = Path(recsvc.__file__).parent / "cli" / CONSTANTS
ORDER_LINES = (100_000, 400_000)
LARGE_ORDER_LINES = (1_000_000, 4_000_000)
"""Of shops with more shoppers than ``fit_users``."""

WORKER_ITEMS = (4_000, 100_000)


@dataclass(frozen=True)
class _Trained:
    manifest: Manifest
    seconds: float
    models: Path

    @property
    def n_lines(self) -> int:
        return self.manifest.counts["purchases"]


def main() -> None:
    """Measure, and write them into the package."""
    with TemporaryDirectory() as directory:
        constants = {"machine": in_words(), **_trained(Path(directory)), **_workers(Path(directory))}
    RESULTS.write_text(json.dumps(constants, indent=2) + "\n")
    Console().print(f"written to {RESULTS}", soft_wrap=True)


def _trained(directory: Path) -> dict[str, float]:
    """Train two small and two large sample shops; the smaller ones tell what does not grow."""
    start, per_line, _ = _growing(directory, ORDER_LINES)
    large_start, large_per_line, largest = _growing(directory, LARGE_ORDER_LINES)
    many, models = largest.manifest, largest.models
    one, *_, all_placements = measure(models)
    per_list = (all_placements["used_memory a shopper"] - one["used_memory a shopper"]) / (
        len(PLACEMENTS) - 1
    )
    return {
        **_file_bytes(models / many.model_version, many),
        "redis_bytes_per_user": round(one["used_memory a shopper"] - per_list, 1),
        "redis_bytes_per_list": round(per_list, 1),
        "train_seconds": round(start, 1),
        "train_seconds_per_order_line": round(per_line, 8),
        "large_users": TrainingSettings().fit_users,
        "large_train_seconds": round(large_start, 1),
        "large_train_seconds_per_order_line": round(large_per_line, 8),
        "user_items_per_user": round(many.counts["user_items"] / many.counts["users"], 1),
        "order_lines_per_user": round(many.counts["purchases"] / many.counts["users"], 1),
    }


def _growing(directory: Path, order_lines: tuple[int, int]) -> tuple[float, float, _Trained]:
    """Return the seconds of a run without any line, those that each line adds, and the larger of both runs."""
    few, many = (_train(directory, n) for n in order_lines)
    per_line = max(0.0, many.seconds - few.seconds) / (many.n_lines - few.n_lines)
    return max(0.0, many.seconds - per_line * many.n_lines), per_line, many


def _train(directory: Path, n_lines: int) -> _Trained:
    shop = SampleShop(users=n_lines // 20, items=n_lines // 80, order_lines=n_lines)
    orders, models = write_sample_shop(shop, directory / f"shop-{n_lines}").orders, directory / str(n_lines)
    started = time.perf_counter()
    job = TrainingJob(OrderSources((str(orders),)), models, TrainingSettings(), datetime.now(UTC), force=True)
    outcome = job.run(Silent(), lambda _summary, _path: None)
    return _Trained(outcome.manifest, time.perf_counter() - started, models)


def _file_bytes(version: Path, manifest: Manifest) -> dict[str, float]:
    """Share the bytes of a version out to what they grow with."""
    total = {"": 0, "_per_item": 0, "_per_user": 0, "_per_user_item": 0}
    for path in version.iterdir():
        total[_grows_with(path.name)] += path.stat().st_size
    n = {"": 1, **{f"_per_{name}": manifest.counts[f"{name}s"] for name in ("item", "user", "user_item")}}
    return {f"version_bytes{name}": round(size / n[name], 1) for name, size in total.items()}


def _grows_with(name: str) -> str:
    if name.startswith(("user_id_", "user_factors", "user_orders", "history_indptr")):
        return "_per_user"
    if name.startswith("history_"):
        return "_per_user_item"
    return "" if name.startswith(("ranker_", "manifest")) else "_per_item"


def _workers(directory: Path) -> dict[str, float]:
    few, many = WORKER_ITEMS
    (small, service), (large, _) = (_memory(directory / f"worker-{n}", n) for n in WORKER_ITEMS)
    per_item = max(0.0, (large - small) / (many - few))
    own = round(small - per_item * few)
    return {
        "service_bytes": round(service),
        "worker_bytes": own,
        "worker_bytes_per_item": round(per_item, 1),
    }


def _memory(models: Path, n_items: int) -> tuple[float, float]:
    """Return what a second worker adds, and what there is beside that and the files of the version."""
    release = Release("1", "2026-01-01T00:00:00+00:00", None, {"items": n_items}, {}, {})
    model = synthetic_model(n_items)
    Registry(models).publish(model, release)
    users = [model.users.id_of(user) for user in range(2 * N_LISTS)]
    one, two = (pss_bytes(models, users, n_workers) for n_workers in (1, 2))
    files = sum(path.stat().st_size for path in (models / "1").iterdir())
    return two - one, max(0.0, one - (two - one) - files)


if __name__ == "__main__":
    main()
