"""``python -m benchmarks.growth``: measure, draw, and write the page and the figures of the documentation.

Ten shops are made up, trained on and served, each in processes of their own: a quarter of an hour on two cores.
``growth.json`` beside this file gets what was measured, ``growth.html`` in the working directory the page. ``--docs``
also writes ``docs/images/growth.svg`` and the table in ``docs/internals/growth.md``. ``--drawn`` measures nothing.
"""

import argparse
import json
import re
from pathlib import Path

from rich.console import Console

from benchmarks.growth.page import page, picture, rows
from benchmarks.growth.point import Point
from benchmarks.growth.sweeps import QUICK, SWEEPS, Sweep, measured
from benchmarks.machine import in_words
from recsvc.cli.plan import Constants

RESULTS = Path(__file__).parent / "growth.json"
DOCS = Path(__file__).parents[2] / "docs"
TABLE = re.compile(
    r"(?<=<!-- growth: written by benchmarks/growth -->\n).*?(?=<!-- growth: end -->)", re.DOTALL
)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small shops, in some minutes")
    parser.add_argument("--drawn", type=Path, help="draw this file, and measure nothing")
    parser.add_argument("--json", type=Path, default=RESULTS, help="file for what is measured")
    parser.add_argument("--page", type=Path, default=Path("growth.html"), help="file for the page")
    parser.add_argument("--docs", action="store_true", help="write the figures of the documentation too")
    arguments = parser.parse_args()
    console, sweeps = Console(), QUICK if arguments.quick else SWEEPS
    if arguments.drawn is None:
        points = list[Point]()
        for point in measured(sweeps, console.print):
            points.append(point)  # each is kept, whatever becomes of the next
            found = {"machine": in_words(), "points": [one.to_json() for one in points]}
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    told = json.loads((arguments.drawn or arguments.json).read_text())
    points = [Point.of_json(values) for values in told["points"]]
    constants = Constants.measured()
    arguments.page.write_text(page(sweeps, points, constants, told["machine"]), encoding="utf-8")
    console.print(f"written to {arguments.page}", soft_wrap=True)
    if arguments.docs:
        (DOCS / "images" / "growth.svg").write_text(picture(sweeps, points, constants), encoding="utf-8")
        guide = DOCS / "internals" / "growth.md"
        guide.write_text(with_figures(guide.read_text(), sweeps, points, told["machine"]), encoding="utf-8")


DRAWN = """![Time, memory and bytes over order lines, shoppers and items](../images/growth.svg)

Both axes are logarithms. The number at a segment is its exponent: 0 is flat, 1 doubles where the size doubles.
Dashed is what `recsvc plan --users N --items N` says, which is not told the order lines. Dotted is where the program
begins to do otherwise.
"""


def with_figures(text: str, sweeps: tuple[Sweep, ...], points: list[Point], machine: str) -> str:
    """Return the text of a page with the drawing and the table of what was measured in their place."""
    head, *lines = (f"| {' | '.join(row)} |" for row in rows(sweeps, points))
    ruler = "|---" * (len(sweeps) + 1) + "|"
    table = "\n".join([DRAWN, head, ruler, *lines, "", f"Measured on {machine}.", ""])
    return TABLE.sub(lambda _: table, text)


if __name__ == "__main__":
    main()
