"""Writes a history in a shape."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from .history import History, Line, name_of, title_of
from .shape import Column, Shape

Cells = dict[str, Any]

ZONE = re.compile(r"([+-])(\d\d):?(\d\d)$")
NUMBERS = re.compile(r"^(\D*)1(\D?)(?:234|23(,)456)(?:([.,])(\d+))?(.*)$")
LAST_THREE = re.compile(r"(?<=\d)(?=(?:\d{2})*\d{3}$)")
DAYS_OF_EXCEL = datetime(1899, 12, 30, tzinfo=UTC)
ALONE = re.compile(r"^\{(\w+)\}$")


def write(shape: Shape, history: History, directory: Path) -> Path:
    """Write the history as a file of this shape; return its path."""
    path = directory / shape.file_name
    if shape.format == "delimited":
        path.write_bytes(_delimited(shape, _rows(shape, history)).encode(shape.encoding))
    elif shape.format == "sqlite":
        _sqlite(path, shape, _rows(shape, history))
    else:
        _documents(path, shape, history)
    return path


def date_text(at: datetime, notation: str) -> str:
    """Return a moment in UTC as the notation writes it."""
    known = at.replace(tzinfo=UTC)
    if notation == "epoch":
        return str(int(known.timestamp()))
    if notation == "epoch ms":
        return str(int(known.timestamp() * 1000))
    if notation == "excel":
        return f"{(known - DAYS_OF_EXCEL) / timedelta(days=1):.10f}"
    zone = ZONE.search(notation)
    if zone:
        ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
        at = at + ahead if zone[1] == "+" else at - ahead
    return at.strftime(notation)


def amount_text(cents: int, notation: str) -> str:
    """Return an amount as the notation writes it, which shows how 1234.50 is written, or 123456.50 in lakhs."""
    found = NUMBERS.match(notation)
    assert found, notation
    before, group, lakhs, mark, decimals, after = found.groups()
    whole, part = divmod(cents, 100)
    grouped = LAST_THREE.sub(",", str(whole)) if lakhs else f"{whole:,}".replace(",", group)
    fraction = f"{part:02d}".ljust(len(decimals), "0") if mark else ""
    return f"{before}{grouped}{mark or ''}{fraction}{after}"


def _fields(shape: Shape, line: Line, order: Sequence[Line]) -> Cells:
    statuses = shape.bought if line.bought else shape.other
    total = line.pieces * line.cents
    return {
        "order": line.order,
        "shopper": line.shopper,
        "name": name_of(line.shopper),
        "email": f"c{line.shopper}@shop.test",
        "product": line.product,
        "order_of_day": line.order % 7,
        "title": _title(shape, line),
        "thing": title_of(line.product).split()[0],
        "colour": title_of(line.product).split()[1],
        "pieces": line.pieces if shape.counts == "1234" else amount_text(100 * line.pieces, shape.counts),
        "back": 0 if line.bought else line.pieces,
        "all_pieces": sum(one.pieces for one in order),
        "cents": line.cents,
        "price": amount_text(line.cents, shape.numbers),
        "total": amount_text(total, shape.numbers),
        "order_total": amount_text(sum(one.pieces * one.cents for one in order), shape.numbers),
        "at": date_text(line.at, shape.dates),
        "time": line.at.strftime(shape.times),
        "line": line.number,
        "place": line.place,
        "status": statuses[line.order % len(statuses)],
    }


def _title(shape: Shape, line: Line) -> str:
    return shape.postage[1] if shape.postage and line.product < 0 else title_of(line.product)


def _text(shape: Shape, column: Column, line: Line, fields: Cells) -> str:
    if shape.postage and line.product < 0 and column.role == "item":
        return shape.postage[0]
    return column.template.format(**fields)


def _native(shape: Shape, template: str, line: Line, fields: Cells) -> Any:
    """Return a number where the template is a number alone, else text."""
    alone = ALONE.match(template)
    name = alone[1] if alone else ""
    if name in ("price", "total") and shape.numbers == "1234.50":
        return line.cents * (line.pieces if name == "total" else 1) / 100
    if name == "at" and shape.dates in ("epoch", "epoch ms"):
        return int(fields["at"])
    if name in ("pieces", "cents", "order", "product", "shopper", "line"):
        return fields[name]
    return template.format(**fields)


def _rows(shape: Shape, history: History) -> list[list[str]]:
    """Return the header and the rows."""
    rows = [_header(shape, history)]
    for order in history.orders():
        rows += _order_rows(shape, _with_postage(shape, order), history)
    return rows


def _header(shape: Shape, history: History) -> list[str]:
    if shape.arrangement != "wide":
        return [column.name for column in shape.table]
    return [name for name, _, _ in _wide(shape, history.most_lines + bool(shape.postage))]


def _wide(shape: Shape, most: int) -> list[tuple[str, Column, int]]:
    columns = [(column.name, column, 0) for column in shape.table if "{n}" not in column.name]
    repeated = [column for column in shape.table if "{n}" in column.name]
    return columns + [(one.name.format(n=n + 1), one, n) for n in range(most) for one in repeated]


def _with_postage(shape: Shape, order: tuple[Line, ...]) -> tuple[Line, ...]:
    first = order[0]
    if shape.postage is None or first.order % 3 == 0:
        return order
    cents = 390 + 37 * (first.order % 11)
    place = len(order) + 1
    number = 100_000 + first.order
    return (*order, Line(first.order, first.shopper, -1, 1, cents, first.at, number, place, first.bought))


def _order_rows(shape: Shape, order: tuple[Line, ...], history: History) -> list[list[str]]:
    fields = [_fields(shape, line, order) for line in order]
    known = list(zip(order, fields, strict=True))
    first, its = known[0]
    if shape.arrangement == "wide":
        return [
            [
                _text(shape, column, *known[n]) if n < len(known) else ""
                for _, column, n in _wide(shape, history.most_lines + bool(shape.postage))
            ]
        ]
    if shape.arrangement == "listed cells":
        return [
            [
                shape.item.format(", ".join(_text(shape, column, *one) for one in known))
                if column.of_a_line
                else _text(shape, column, first, its)
                for column in shape.table
            ]
        ]
    if shape.arrangement == "joined":
        return [
            [
                shape.separator.join(_text(shape, column, *one) for one in known)
                if column.of_a_line
                else _text(shape, column, first, its)
                for column in shape.table
            ]
        ]
    if shape.arrangement in ("cell", "json cell"):
        its = its | {"things": _items(shape, known)}
        return [[_text(shape, column, first, its) for column in shape.table]]
    if shape.arrangement == "pieces":
        known = [
            (line, its | {"line": 10 * line.number + n}) for line, its in known for n in range(line.pieces)
        ]
    rows = [
        [_text(shape, column, *one) if n == 0 or _continues(shape, column) else "" for column in shape.table]
        for n, one in enumerate(known)
    ]
    if shape.arrangement == "headed" and len(known) > 1:
        rows.insert(
            0, ["" if column.of_a_line else _text(shape, column, first, its) for column in shape.table]
        )
    return rows


def _continues(shape: Shape, column: Column) -> bool:
    """Return whether the cells of a column are filled in rows after the first of an order."""
    if shape.arrangement not in ("continued", "merged") or column.of_a_line or column.name in shape.stays:
        return True
    return shape.arrangement == "continued" and column.role == "order"


def _items(shape: Shape, known: Iterable[tuple[Line, Cells]]) -> str:
    if shape.arrangement == "cell":
        return shape.separator.join(shape.item.format(**fields) for _, fields in known)
    inner = Shape(shape.platform, shape.export, shape.item).table
    objects = [
        {one.name: _native(shape, one.template, line, fields) for one in inner} for line, fields in known
    ]
    return json.dumps(objects)


def _delimited(shape: Shape, rows: list[list[str]]) -> str:
    text = io.StringIO()
    for line in shape.above:
        text.write(line + "\r\n")
    csv.writer(text, delimiter=shape.delimiter).writerows(rows)
    return text.getvalue()


def _sqlite(path: Path, shape: Shape, rows: list[list[str]]) -> None:
    connection = sqlite3.connect(path)
    names = ", ".join(f'"{name}"' for name in rows[0])
    connection.execute(f"CREATE TABLE orders ({names})")
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO orders VALUES ({marks})", rows[1:])  # noqa: S608  # marks only
    connection.commit()
    connection.close()


def _documents(path: Path, shape: Shape, history: History) -> None:
    documents = [one for order in history.orders() for one in _order_documents(shape, order)]
    if shape.format == "parquet":
        pl.DataFrame(documents, infer_schema_length=None).write_parquet(path)
    elif shape.format == "json":
        before, _, around = shape.inside.partition("[]")
        if around:
            documents = [_at(around.removeprefix("."), one) for one in documents]
        path.write_text(json.dumps(_at(before, documents), indent=1), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")


def _order_documents(shape: Shape, order: tuple[Line, ...]) -> list[Cells]:
    fields = [_fields(shape, line, order) for line in order]
    if shape.arrangement == "lists":
        document = _document(shape, [one for one in shape.table if not one.of_a_line], order[0], fields[0])
        lists = {
            column.name: [
                _native(shape, column.template, line, its) for line, its in zip(order, fields, strict=True)
            ]
            for column in shape.table
            if column.of_a_line
        }
        return [document | lists]
    if shape.arrangement not in ("nested", "children"):
        return [_document(shape, shape.table, line, its) for line, its in zip(order, fields, strict=True)]
    outer = [column for column in shape.table if "[]" not in column.name]
    inner = [column for column in shape.table if "[]" in column.name]
    document = _document(shape, outer, order[0], fields[0])
    path = inner[0].name.partition("[].")[0]
    short = [Column(column.name.partition("[].")[2], column.template, column.role) for column in inner]
    lines = [_document(shape, short, line, its) for line, its in zip(order, fields, strict=True)]
    if shape.arrangement == "children":
        return [document, *({**line, "__parentId": document["id"]} for line in lines)]
    _put(document, path, lines)
    return [document]


def _document(shape: Shape, columns: Iterable[Column], line: Line, fields: Cells) -> Cells:
    document: Cells = {}
    for column in columns:
        _put(document, column.name, _native(shape, column.template, line, fields))
    return document


def _at(path: str, value: Any) -> Any:
    """Return an object with the value at the path, the value itself where there is no path."""
    for name in reversed(path.split(".") if path else []):
        value = {name: value}
    return value


def _put(document: Cells, path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        document = document.setdefault(name, {})
    document[last] = value
