"""Any history reads back the same from any arrangement and notation, or a question stops; never as another history."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from support.shapes.expected import fingerprint
from support.shapes.history import FIRST_DAY, History, Line, base_history
from support.shapes.reading import read_fingerprint, read_or_ask, sources
from support.shapes.shape import Shape
from support.shapes.writing import write

from recsvc.errors import RecsvcError

ORDER = "order:order_id=A{order} | user:customer_id=u{shopper} | date:order_date={at} | shop=Käsehütte Köln"
TABLE = Shape(
    "Any",
    "table",
    f"{ORDER} | item:sku=SK-{{product:03d}} | title={{title}} | "
    "quantity:quantity={pieces} | price:unit_price={price}",
)
DOCUMENTS = replace(
    TABLE,
    columns=f"{ORDER} | item:lines[].sku=SK-{{product:03d}} | lines[].title={{title}} | "
    "quantity:lines[].quantity={pieces} | price:lines[].unit_price={price}",
    arrangement="nested",
)
IN_A_CELL = f"{ORDER} | items={{things}}"
ARRANGEMENTS = {
    "lines": TABLE,
    "continued": replace(TABLE, arrangement="continued"),
    "merged": replace(TABLE, arrangement="merged"),
    "headed": replace(TABLE, arrangement="headed"),
    "side by side": replace(
        TABLE,
        columns=f"{ORDER} | item:SKU {{n}}=SK-{{product:03d}} | Title {{n}}={{title}} | "
        "quantity:Qty {n}={pieces} | price:Price {n}={price}",
        arrangement="wide",
    ),
    "pieces": replace(
        TABLE, columns=f"line_id={{line}} | {TABLE.columns}".replace("={pieces}", "=1"), arrangement="pieces"
    ),
    "joined by lines": replace(TABLE, arrangement="joined", separator="\n"),
    "joined by bars": replace(TABLE, arrangement="joined", separator="|"),
    "2x text": replace(TABLE, columns=IN_A_CELL, arrangement="cell", item="{pieces}x {title}"),
    "text x 2": replace(TABLE, columns=IN_A_CELL, arrangement="cell", item="{title} x {pieces}"),
    "pairs": replace(
        TABLE,
        columns=IN_A_CELL,
        arrangement="cell",
        item="sku:SK-{product:03d}|name:{title}|quantity:{pieces}|price:{price}",
        separator=";",
    ),
    "json": replace(
        TABLE,
        columns=IN_A_CELL,
        arrangement="json cell",
        item="sku=SK-{product:03d} | title={title} | quantity={pieces} | unit_price={price}",
    ),
    "documents": replace(DOCUMENTS, format="ndjson"),
    "structs": replace(DOCUMENTS, format="parquet"),
    "documents of lines": replace(TABLE, format="ndjson"),
    "query": replace(TABLE, format="sqlite"),
}
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
DATES = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.000+02:00",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y/%m/%d %H:%M",
    "%Y%m%d",
    "%Y%m%dT%H%M%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%-m/%-d/%Y %-I:%M:%S %p",
    "%b %-d, %Y",
    "%d %b %Y %H:%M",
    "%d-%b-%y",
    "%A, %d %B %Y",
    "epoch",
    "epoch ms",
    "excel",
)
NUMBERS = (
    "1234.50",
    "1,234.50",
    "1234,50",
    "1.234,50",
    "1 234,50",
    "1'234.50",
    "1234.5000",
    "1.234,50 €",
    "$1,234.50",
    "EUR 1.234,50",
    "£1234.50",
    "1,23,456.50",
    "₹1,23,456.50",
    "1’234.50",  # noqa: RUF001  as in Switzerland
    "CHF 1'234.50",
    "1 234,50 €",
    "1.234",
    "1,234",
    "1 234",
    "1'234",
    "1234",
)
COUNTS_EVERYWHERE = ("1234", "1 234", "1'234")
COUNTS_BESIDE_POINTS = ("1,234", "1234.000", "1,234.00", "1,23,456")
COUNTS_BESIDE_COMMAS = ("1.234", "1234,000", "1.234,0")


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Return a history of twelve orders or more; nobody buys more than the others together."""
    price = st.one_of(st.integers(50, 400_000), st.integers(9_000_000, 900_000_000))
    cents = draw(st.lists(price, min_size=9, max_size=9, unique=True))
    most = draw(st.sampled_from((5, 5, 3000)))
    pieces = st.one_of(
        st.integers(1, 5), st.sampled_from([one for one in (1, 10, 1000, 1200, 2500) if one <= most])
    )
    minutes = draw(st.integers(700, 9000))
    basket = st.lists(
        st.tuples(st.integers(0, 8), pieces), min_size=1, max_size=4, unique_by=lambda one: one[0]
    )
    lines: list[Line] = []
    for order, things in enumerate(draw(st.lists(basket, min_size=12, max_size=40))):
        at = FIRST_DAY + timedelta(minutes=minutes * order)
        for place, (product, n_pieces) in enumerate(things, 1):
            shopper = (order + place_of(things)) % 8
            lines.append(Line(100 + order, shopper, product, n_pieces, cents[product], at, len(lines), place))
    return History(tuple(lines))


def place_of(things: list[tuple[int, int]]) -> int:
    return sum(product for product, _ in things) % 3


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    numbers = draw(st.sampled_from(NUMBERS))
    return replace(
        draw(st.sampled_from(list(ARRANGEMENTS.values()))),
        delimiter=draw(st.sampled_from(DELIMITERS)),
        encoding=draw(st.sampled_from(ENCODINGS)),
        dates=draw(st.sampled_from(DATES)),
        numbers=numbers,
        counts=draw(st.sampled_from(counted_as(numbers))),
    )


def counted_as(numbers: str) -> tuple[str, ...]:
    """Return how pieces are written beside such amounts: nobody sets thousands apart by what stands before decimals."""
    comma = numbers.rstrip(" €").endswith(",50") or numbers == "1.234"
    return COUNTS_EVERYWHERE + (COUNTS_BESIDE_COMMAS if comma else COUNTS_BESIDE_POINTS)


def as_written(shape: Shape, history: History) -> History:
    """Return the history with what its notation can show: whole prices where it has no decimals."""
    if "50" in shape.numbers:
        return history
    lines = (replace(line, cents=max(100, line.cents // 100 * 100)) for line in history.lines)
    return History(tuple(lines))


@given(shapes(), histories())
@settings(
    derandomize="HYPOTHESIS_PROFILE" not in os.environ,
    max_examples=2000 if "HYPOTHESIS_PROFILE" in os.environ else 60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_any_history_in_any_shape_reads_back_the_same_or_stops(shape: Shape, history: History) -> None:
    history = as_written(shape, history)
    with TemporaryDirectory() as directory:
        orders = read_or_ask(sources(shape, write(shape, history, Path(directory))))
    event("stops" if isinstance(orders, RecsvcError) else "is read")
    if not isinstance(orders, RecsvcError):
        assert read_fingerprint(shape, orders) == fingerprint(shape, history)


def variants() -> dict[str, Shape]:
    """Return each arrangement, delimiter, encoding and notation by itself."""
    return (
        ARRANGEMENTS
        | {f"delimiter {one!r}": replace(TABLE, delimiter=one) for one in DELIMITERS}
        | {f"encoding {one}": replace(TABLE, encoding=one) for one in ENCODINGS}
        | {f"dates {one}": replace(TABLE, dates=one) for one in DATES}
        | {f"numbers {one}": replace(TABLE, numbers=one, delimiter=";") for one in NUMBERS}
        | {
            f"counts {one} beside {numbers}": replace(TABLE, counts=one, numbers=numbers, delimiter=";")
            for numbers in ("1234.50", "1234,50")
            for one in counted_as(numbers)
        }
    )


@pytest.mark.parametrize("name", variants())
def test_each_arrangement_and_notation_is_read_where_the_others_are_plain(name: str, tmp_path: Path) -> None:
    shape = variants()[name]
    history = as_written(shape, base_history(20, 12, 60))
    orders = read_or_ask(sources(shape, write(shape, history, tmp_path)))
    assert not isinstance(orders, RecsvcError), orders
    assert read_fingerprint(shape, orders) == fingerprint(shape, history)
