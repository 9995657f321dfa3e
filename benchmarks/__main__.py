"""``make bench``: measure, print the tables, and write ``benchmarks/results.json``."""

import json
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks import answers, throughput, training_run

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Measure everything; the only argument is the number of order lines."""
    console = Console(width=110)
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else training_run.ORDER_LINES
    with TemporaryDirectory() as directory:
        results = {
            "machine": {"processor": platform.machine(), "python": platform.python_version()},
            "training": training_run.measure(Path(directory), lines),
            "answers": answers.measure(Path(directory)),
            "throughput": throughput.measure(Path(directory) / "models") if throughput.is_possible() else [],
        }
    for name in ("training", "answers", "throughput"):
        table = Table(title=name)
        rows = results[name]
        if not rows:
            console.print(throughput.NO_WRK)
            continue
        for column in rows[0]:
            table.add_column(column, justify="left" if column == "what" else "right")
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        console.print(table)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    console.print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
