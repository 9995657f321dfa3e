"""Real shapes of exports read as their shop means them, or are asked about; never as something else."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.shapes.expected import fingerprint
from support.shapes.history import base_history
from support.shapes.kinds import SHAPES
from support.shapes.not_met import NOT_MET
from support.shapes.reading import read_fingerprint, read_or_ask, sources
from support.shapes.shape import Shape
from support.shapes.writing import write

from recsvc.errors import RecsvcError
from training.orders import Orders
from training.sources.order_sources import OrderSources

SHARED = Path(__file__).parents[3] / "shared" / "shapes"
FIGURES = ("purchases", "users", "items", "orders", "quantity")
MAY_STOP = ("stop", "question")
"""Words of a note that allow a question in place of a reading."""
ROLES = {
    "user": "user_id",
    "item": "item_id",
    "order": "order_id",
    "date": "ordered_at",
    "quantity": "quantity",
    "price": "unit_price",
}


def cases() -> list[Any]:
    return [pytest.param(shape, id=shape.name, marks=marks_of(shape.name)) for shape in SHAPES]


def shared_cases() -> list[Any]:
    path = SHARED / "expected.json"
    expected = json.loads(path.read_text()) if path.exists() else {}
    return [
        pytest.param(SHARED / name, right, id=name, marks=marks_of(name))
        for name, right in expected.items()
        if set(FIGURES) & set(right)
    ]


def in_a_table(shape: Shape) -> bool:
    return shape.format == "delimited" and shape.arrangement in (
        "lines",
        "continued",
        "merged",
        "headed",
        "pieces",
    )


def marks_of(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason=NOT_MET[name])] if name in NOT_MET else []


def first_of(taken: str, name: str) -> str:
    """Return the name if it is what was taken first, perhaps with a time joined to it, else what was taken."""
    first = taken.split(", then ", maxsplit=1)[0]
    return name if first == name or first.startswith(f"{name} ") or first.startswith(f"{name},") else first


def figures_of(orders: Orders) -> dict[str, float]:
    lines = orders.lines
    return {
        "purchases": lines.height,
        "users": lines["user_id"].n_unique(),
        "items": lines["item_id"].n_unique(),
        "orders": lines["order_id"].n_unique(),
        "quantity": round(float(lines["quantity"].sum()), 3),
    }


def unused(shape: Shape, orders: Orders) -> set[str]:
    """Return the roles that no column was taken for although one of the shape should be."""
    taken = orders.summary.files[0].columns
    return {column.role for column in shape.table if column.role and ROLES[column.role] not in taken}


def told(shape: Shape, role: str, orders: Orders) -> bool:
    """Return whether a question names the column that was not used."""
    column = shape.column_of(role)
    return column is not None and any(
        repr(column.name.rpartition("[].")[2]) in one.text for one in orders.summary.questions
    )


@pytest.mark.parametrize("shape", cases())
def test_shape_is_read_line_by_line_or_asked_about(shape: Shape, tmp_path: Path) -> None:
    history = base_history()
    orders = read_or_ask(sources(shape, write(shape, history, tmp_path)))
    if isinstance(orders, RecsvcError):
        assert shape.may_ask or shape.must_ask, f"the shape has to be read: {orders}"
        return
    assert not shape.must_ask, f"the shape has to be asked about: {shape.must_ask}"
    not_used = {role for role in unused(shape, orders) if shape.may_ask and told(shape, role, orders)}
    right = fingerprint(shape, history, not_used)
    assert figures_of(orders) == {
        "purchases": len(right),
        "users": len({line[0] for line in right}),
        "items": len({line[1] for line in right}),
        "orders": len({line[2] for line in right}),
        "quantity": sum(line[3] for line in right),
    }
    assert read_fingerprint(shape, orders, not_used) == right
    if in_a_table(shape):
        taken = orders.summary.files[0].columns
        named = {ROLES[column.role]: column.name for column in shape.table if column.role}
        assert {role: name for role, name in named.items() if role in taken} == {
            role: first_of(taken[role], name) for role, name in named.items() if role in taken
        }


@pytest.mark.parametrize(("path", "right"), shared_cases())
def test_shared_shape_is_read_or_asked_about(path: Path, right: dict[str, Any]) -> None:
    orders = read_or_ask(OrderSources((str(path),)))
    if isinstance(orders, RecsvcError):
        may_stop = any(word in right.get("note", "") for word in MAY_STOP)
        assert may_stop, f"the shape has to be read: {orders}"
        return
    found = figures_of(orders)
    assert {name: found[name] for name in FIGURES if name in right} == {
        name: right[name] for name in FIGURES if name in right
    }
