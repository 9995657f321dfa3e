"""The page of how things grow, made from points whose exponents are known."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from benchmarks.growth.__main__ import with_figures
from benchmarks.growth.curves import QUANTITIES, Curve, curve
from benchmarks.growth.page import page, picture, rows
from benchmarks.growth.point import Point, Size
from benchmarks.growth.sweeps import Sweep
from recsvc.cli.plan import Constants

BASE = Size(1000, 100, 10)
SWEEPS = (
    Sweep("lines", "order lines", (1000, 10_000, 100_000), BASE),
    Sweep("users", "shoppers", (100, 1000, 10_000), BASE, (3000, "fit_users")),
    Sweep("items", "items", (10, 100, 1000), BASE),
)


def point(size: Size) -> Point:
    """Return a shop whose training takes as long as it has lines, up to a thousand shoppers also as it has of these."""
    seconds = size.lines / 100 * min(size.users, 1000) / 100
    own = 50 * 2**20
    return Point(
        size, size.users, size.items, size.lines, seconds, 1.5 * seconds, 2**30, 4e6 + 4000 * size.items, own,
        3 * own, 1000 * size.users, 2 + (size.items / 1000) ** 0.5,
    )  # fmt: skip


@pytest.fixture(scope="module")
def points() -> list[Point]:
    return [point(size) for size in dict.fromkeys(size for sweep in SWEEPS for size in sweep.sizes)]


def test_a_segment_has_the_exponent_of_what_was_measured_and_a_bend_lies_where_it_changes(
    points: list[Point],
) -> None:
    time = QUANTITIES[0].of
    lines, users, items = (curve(sweep, points, time) for sweep in SWEEPS)
    assert lines.exponents == pytest.approx((1, 1))
    assert users.exponents == pytest.approx((1, 0))
    assert items.exponents == pytest.approx((0, 0))
    assert [one.bend for one in (lines, users, items)] == [None, 1000, None]


def test_what_was_not_measured_has_no_exponent_and_no_bend() -> None:
    shown = Curve((1.0, 10.0, 100.0), (1.0, float("nan"), 0.0))
    assert [str(one) for one in shown.exponents] == ["nan", "nan"]
    assert shown.bend is None


def test_the_table_names_exponents_and_bends(points: list[Point]) -> None:
    head, time, *_, redis, _cold = rows(SWEEPS, points)
    assert head == ["", "with order lines", "with shoppers", "with items"]
    assert time == ["a training run, s", "1.00, 1.00", "1.00, 0; bends at 1k", "0, 0"]
    assert redis[2] == "1.00, 1.00"


def test_the_page_needs_no_other_file_and_shows_each_quantity(points: list[Point]) -> None:
    text = page(SWEEPS, points, Constants.measured(), "a <machine>")
    seen = _Seen()
    seen.feed(text)
    assert seen.addresses == []
    assert {"svg", "table"} <= seen.tags
    assert all(seen.texts.count(quantity.name) == 2 for quantity in QUANTITIES)  # drawn, and in the table
    assert "a &lt;machine&gt;" in text


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [
            str(value) for name, value in attrs if name in ("src", "href") and str(value)[:1] != "#"
        ]


def test_the_drawing_for_the_documentation_is_a_file_of_its_own(points: list[Point]) -> None:
    assert picture(SWEEPS, points, Constants.measured()).count("<svg") == 1


def test_points_are_read_as_they_were_written(points: list[Point]) -> None:
    assert [Point.of_json(one.to_json()) for one in points] == points


def test_sizes_that_were_not_measured_are_named(points: list[Point]) -> None:
    with pytest.raises(ValueError, match=r"Size\(lines=7, .* was not measured"):
        rows((replace(SWEEPS[0], values=(7, 1000)),), points)


def test_the_page_of_the_documentation_has_a_place_for_the_table(points: list[Point]) -> None:
    text = (Path(__file__).parents[2] / "docs/internals/growth.md").read_text()
    changed = with_figures(text, SWEEPS, points, "a machine")
    assert "| a training run, s | 1.00, 1.00 | 1.00, 0; bends at 1k | 0, 0 |" in changed
    assert with_figures(changed, SWEEPS, points, "another").count("a training run, s") == 1
