"""The sweeps: one size grows, the two others stay."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.growth.point import Point, Size, measure


@dataclass(frozen=True)
class Sweep:
    """Sizes of which one grows.

    Attributes:
        over: the field of ``Size`` that grows.
        words: what people call it.
        values: its values, ascending.
        base: the sizes that stay.
        bend: at which value the program begins to do otherwise, and what it does then; None where it does not.
    """

    over: str
    words: str
    values: tuple[int, ...]
    base: Size
    bend: tuple[int, str] | None = None

    @property
    def sizes(self) -> list[Size]:
        """The shops, smallest first."""
        return [replace(self.base, **{self.over: value}) for value in self.values]

    def among(self, points: list[Point]) -> list[Point]:
        """Return the points of this sweep, smallest first; raises ValueError where one was not measured."""
        by_size = {point.size: point for point in points}
        missing = [size for size in self.sizes if size not in by_size]
        if missing:
            raise ValueError(f"{missing[0]} was not measured: measure again, with the same sizes")
        return [by_size[size] for size in self.sizes]


BASE, SMALL_BASE = Size(200_000, 50_000, 5_000), Size(8_000, 400, 100)

SWEEPS = (
    Sweep("lines", "order lines", (50_000, 200_000, 1_000_000, 4_000_000), BASE),
    Sweep("users", "shoppers", (2_000, 10_000, 50_000, 150_000), BASE, (30_000, "fit_users")),
    Sweep("items", "items", (500, 5_000, 25_000, 100_000), BASE, (20_000, "index_above_items")),
)
QUICK = (
    Sweep("lines", "order lines", (4_000, 8_000, 16_000, 32_000), SMALL_BASE),
    Sweep("users", "shoppers", (100, 200, 400, 800), SMALL_BASE, (30_000, "fit_users")),
    Sweep("items", "items", (50, 100, 200, 400), SMALL_BASE, (20_000, "index_above_items")),
)
"""Some minutes, to see that it works: at such sizes nothing grows yet."""


def measured(sweeps: tuple[Sweep, ...], tell: Callable[[str], None]) -> Iterator[Point]:
    """Yield a point for each size, those that several sweeps have once."""
    sizes = dict.fromkeys(size for sweep in sweeps for size in sweep.sizes)
    for place, size in enumerate(sizes, start=1):
        tell(f"{place} of {len(sizes)}: {size.lines:,} lines, {size.users:,} shoppers, {size.items:,} items")
        with TemporaryDirectory() as directory:
            yield measure(size, Path(directory))
