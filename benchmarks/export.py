"""What an export of lists costs.

``python -m benchmarks.export [--shoppers 20000] [--items 4000] [--offers]`` makes a model and a catalogue up, exports
eight items and four spare ones for all shoppers with links that are resolved when they are opened, and prints the
processor time of all processes together, what that makes for 500,000 shoppers on two cores, and the most memory of
one process. With ``--offers`` one of three benefits, two of them with a budget, is decided on for each shopper as well.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.synthetic_model import N_USERS, synthetic_model
from recsvc.catalogue.item import Item
from recsvc.model.model import Model
from recsvc.model.registry import Registry, Release
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import Vocabulary
from recsvc.store.benefits import StoredBenefit
from recsvc.store.store import DATABASE_FILE, open_store

ALL_SHOPPERS, CORES = 500_000, 2
SHOP = "https://shop.example"
BENEFITS: dict[str, dict[str, object]] = {
    "free_shipping": {"title": "Free shipping", "cost": 4.9, "budget": 20_000},
    "sample": {"title": "A sample", "cost": 1.2, "budget": 5_000, "when": "shopper.orders >= 2"},
    "early_access": {"title": "Early access", "cost": 0.2},
}


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shoppers", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=4_000)
    parser.add_argument("--offers", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as directory:
        models = Path(directory) / "models"
        model = with_shoppers(synthetic_model(arguments.items), arguments.shoppers)
        Registry(models).publish(model, _release(model))
        _describe(models, model)
        row = _exported(models, Path(directory) / "lists.csv", has_offers=arguments.offers)
    table = Table(*row)
    table.add_row(*row.values())
    Console(width=150).print(table)


def with_shoppers(model: Model, n: int) -> Model:
    """Return ``model`` with its users again and again, until there are at least ``n``."""
    times = -(-n // N_USERS)
    history, nnz = model.history, len(model.history.indices)
    rows = SparseRows(
        np.concatenate([*(history.indptr[:-1] + turn * nnz for turn in range(times)), [times * nnz]]),
        np.tile(history.indices, times),
        np.tile(history.values, times),
        history.n_columns,
    )
    return replace(
        model,
        users=Vocabulary.of(f"u{i:07}" for i in range(times * N_USERS)),
        user_factors=np.tile(model.user_factors, (times, 1)),
        user_orders=np.tile(model.user_orders, times),
        history=rows,
        history_columns={name: np.tile(values, times) for name, values in model.history_columns.items()},
    )


def _describe(models: Path, model: Model) -> None:
    store = open_store(f"sqlite:///{models / DATABASE_FILE}")
    ids = model.items.ids
    store.catalogue.put(
        [
            Item(item_id, model.titles[index], f"/{item_id}", f"{SHOP}/{item_id}.jpg", 9.9)
            for index, item_id in enumerate(ids)
        ]
    )
    for name, benefit in BENEFITS.items():
        store.benefits.put(StoredBenefit(name, benefit, 1), len(BENEFITS))
    store.close()


def _exported(models: Path, output: Path, *, has_offers: bool) -> dict[str, str]:
    command = [sys.executable, "-m", "recsvc", "export", "lists", "--models-dir", str(models)]
    command += [
        "--output",
        str(output),
        "--link-base",
        "https://recs.shop.example",
        "--processes",
        str(CORES),
        *(["--offers"] if has_offers else []),
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, env={**os.environ, "RECSVC_SHOP_URL": SHOP})
    seconds, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    with output.open() as lines:
        n_rows = sum(1 for _ in lines) - 1
    cpu = used.ru_utime + used.ru_stime
    return {
        "rows": f"{n_rows:,}",
        "CPU s": f"{cpu:.0f}",
        "CPU ms a row": f"{1000 * cpu / n_rows:.2f}",
        f"{ALL_SHOPPERS:,} on {CORES} cores, minutes": f"{ALL_SHOPPERS * cpu / n_rows / CORES / 60:.1f}",
        "passed s": f"{seconds:.0f}",
        "largest process MiB": f"{used.ru_maxrss / 1024:.0f}",
        "file MiB": f"{output.stat().st_size / 2**20:.1f}",
    }


def _release(model: Model) -> Release:
    return Release("1", "2026-01-01T00:00:00+00:00", None, {"items": model.n_items}, {}, {})


if __name__ == "__main__":
    main()
