"""``make bench``: measure, print a table a topic, and write ``benchmarks/results.json``."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import answers, cold_path, redis_bytes, throughput, training_run, warm_rate
from benchmarks.machine import describe

RESULTS = Path(__file__).parent / "results.json"

Topic = tuple[str, list[dict[str, Any]]]


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=training_run.ORDER_LINES, help="order lines")
    parser.add_argument("--items", default=cold_path.ITEMS, help="catalogues of the cold path, by commas")
    arguments = parser.parse_args()
    console, results = Console(width=150), {"machine": describe()}
    with TemporaryDirectory() as directory:
        for title, rows in _topics(Path(directory), arguments.lines, arguments.items):
            _print(console, title, rows)
            results[title] = rows  # type: ignore[assignment]  # the machine is no list of rows
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    console.print(f"written to {RESULTS}")


def _topics(directory: Path, lines: int, items: str) -> Iterator[Topic]:
    models = directory / "models"
    yield "training", training_run.measure(directory, lines)
    yield "one connection", answers.measure(directory)
    if throughput.is_possible():
        measured = throughput.measure(models)
        yield "throughput of one worker", measured.most
        yield "half of the most", measured.half
    else:
        yield throughput.NO_WRK, []
    yield "bytes of Redis, a list of ten", redis_bytes.measure(models)
    yield "warm-up", warm_rate.measure(models)
    with threadpool_limits(1):
        yield "one cold list, p50 / p99; memory", [cold_path.measure(int(size)) for size in items.split(",")]


def _print(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.print(title)
        return
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column, justify="left" if column == "what" else "right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


if __name__ == "__main__":
    main()
