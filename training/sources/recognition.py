"""Which column of a file means what: known exports by their columns, all other files by names and values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from recsvc.errors import SettingsError, UnusableExportError
from training.questions import Question, quoted
from training.sources.aliases import normalise_name
from training.sources.cell_readers import JsonCell
from training.sources.columns import ColumnPlan, described, listed
from training.sources.continuation import needed_finish
from training.sources.exports import order_export, unusable_export
from training.sources.exports.export import OrderExport
from training.sources.list_cells import find_split
from training.sources.money import may_be_minor
from training.sources.raw_orders import (
    CANCELLED_COLUMNS,
    MAPPED_COLUMNS,
    RAW_COLUMNS,
    STATUS_COLUMNS,
)
from training.sources.roles import Roles, choose_roles
from training.sources.table_head import TableHead
from training.sources.unused import unused_columns
from training.sources.wide import find_wide

DATA_LIKE = re.compile(r"[\s\d.,:/+-]*\d[\s\d.,:/+-]*")


def recognise_columns(path: str, head: TableHead, columns: Mapping[str, str]) -> ColumnPlan:
    """Find the canonical columns; `columns` (canonical to header name, "" for none) wins.

    Raises UnusableExportError when user or item cannot be found, SettingsError for an unknown canonical name.
    """
    check_canonical_names(columns)
    if not head.names:
        raise UnusableExportError(f"{path} has no line that is a JSON object; write one object on each line.")
    position_of: dict[str, int] = {}
    for position, name in enumerate(head.names):
        position_of.setdefault(normalise_name(name), position)
    export = None if "item_id" in columns else order_export(position_of.keys())
    if export is not None:
        plan = plan_of_export(export, head, position_of, mapped_positions(path, head, columns))
    else:
        plan = plan_of_table(path, head, columns)
    if not ("user_id" in plan.sources and "item_id" in columns):
        refuse_unusable(path, head.names, position_of, plan)
    return plan


def check_canonical_names(columns: Mapping[str, str]) -> None:
    """Raise SettingsError for a mapped column that does not exist."""
    unknown = [name for name in columns if name not in MAPPED_COLUMNS]
    if unknown:
        raise SettingsError(f"unknown column {unknown[0]!r}; an order line has {', '.join(MAPPED_COLUMNS)}")


def mapped_positions(path: str, head: TableHead, columns: Mapping[str, str]) -> dict[str, int | None]:
    """Return the positions of the columns named by hand, of two with one name the fuller one; None for none."""
    mapped: dict[str, int | None] = {}
    for canonical, name in columns.items():
        named = [column for column in head.columns if column.name == name]
        if name and not named:
            raise UnusableExportError(
                f"{path} has no column {name!r}, which was named for {canonical}; it has {listed(head.names)}"
            )
        fullest = max(named, key=lambda column: len(column.filled), default=None)
        mapped[canonical] = None if fullest is None or not name else fullest.position
    return mapped


def plan_of_export(
    export: OrderExport, head: TableHead, position_of: Mapping[str, int], mapped: Mapping[str, int | None]
) -> ColumnPlan:
    """Return the plan of a known export."""
    sources = {
        canonical: tuple(position_of[alias] for alias in aliases if alias in position_of)
        for canonical, aliases in export.columns.items()
    }
    sources |= {name: () if at is None else (at,) for name, at in mapped.items()}
    return ColumnPlan(
        format_name=export.name,
        names=head.names,
        sources={name: sources[name] for name in RAW_COLUMNS if sources.get(name)},
        nested=nested_positions(export, position_of),
        finish=export.finish,
    )


def nested_positions(export: OrderExport, position_of: Mapping[str, int]) -> tuple[int, ...]:
    """Return positions of the columns that hold whole line items."""
    if export.nested_prefix:
        pattern = re.compile(rf"{export.nested_prefix}\d+")
        return tuple(position for name, position in position_of.items() if pattern.fullmatch(name))
    return tuple(position_of[name] for name in export.nested if name in position_of)


def plan_of_table(path: str, head: TableHead, columns: Mapping[str, str]) -> ColumnPlan:
    """Return the plan of any other table: names propose, values decide."""
    outer = {canonical: name for canonical, name in columns.items() if not name or name in head.names}
    mapped = mapped_positions(path, head, outer)
    split, questions = find_split(head, mapped)
    if split is None:
        split = find_wide(head, mapped)
    whole = head if split is None else split.head(head)
    inner = {canonical: name for canonical, name in columns.items() if canonical not in outer}
    mapped |= mapped_positions(path, whole, inner)
    roles = choose_roles(whole, mapped, split.fills if split else ())
    is_nested = any("." in name for name in whole.names) or (
        split is not None and isinstance(split.reader, JsonCell)
    )
    prices = roles.sources.get("unit_price", ())
    if is_nested and prices and "unit_price" not in mapped:
        questions = [*questions, *_minor_units(whole, roles, prices[0])]
    sources = sources_of(roles)
    used = {at for positions in roles.sources.values() for at in positions} | set(
        split.positions if split else ()
    )
    settled = {*roles.sources, *mapped, *roles.asked}
    unused = unused_columns(whole, used, settled)
    said = (*lines_above(head), *questions, *roles.questions, *unused)
    return ColumnPlan(
        format_name="order lines",
        names=whole.names,
        sources=sources,
        finish=needed_finish(whole, sources),
        split=split,
        time_of_day=roles.time_of_day,
        price_of_line=roles.price_of_line,
        questions=tuple(replace(question, text=f"{path}: {question.text}") for question in said),
    )


def _minor_units(head: TableHead, roles: Roles, price: int) -> list[Question]:
    """Leave out prices that may be in cents, and say so."""
    column = head.columns[price]
    currency = may_be_minor(column, head.columns)
    if currency is None:
        return []
    del roles.sources["unit_price"]
    roles.asked.add("unit_price")
    return [
        Question(
            "prices_may_be_cents",
            f"{column.name!r} has whole numbers only ({quoted(column.distinct.head(4).to_list())}), which may be "
            f"hundredths of {currency}; it is not used as the price.",
            f"If they are whole {currency}: --column unit_price={column.name!r}.",
            stops=False,
        )
    ]


def lines_above(head: TableHead) -> list[Question]:
    """Say which line was taken for the header, where it is not the first."""
    if not head.n_texts:
        return []
    text = f"{head.n_texts} lines above the header ({listed(head.names)}) are left out."
    return [
        Question(
            "lines_above_the_header", text, "If they are orders, put the header above them.", stops=False
        )
    ]


def sources_of(roles: Roles) -> dict[str, tuple[int, ...]]:
    """Return the positions that fill each raw column; each one with a status or cancellations fills one of its own."""
    several = [
        pair
        for names in (STATUS_COLUMNS, CANCELLED_COLUMNS)
        for pair in zip(names, roles.sources.get(names[0], ()), strict=False)
    ]
    sources = roles.sources | {name: (at,) for name, at in several}
    return {name: sources[name] for name in RAW_COLUMNS if sources.get(name)}


def refuse_unusable(
    path: str, names: Sequence[str], position_of: Mapping[str, int], plan: ColumnPlan
) -> None:
    """Raise UnusableExportError when the file cannot say who bought what."""
    export = unusable_export(position_of.keys())
    if export is not None:
        raise UnusableExportError(f"{path} looks like {export.name}: {export.problem}; {export.remedy}.")
    has_items = "item_id" in plan.sources or plan.nested
    missing = [
        name for name, there in (("user_id", "user_id" in plan.sources), ("item_id", has_items)) if not there
    ]
    if not missing:
        return
    if not plan.sources and any(DATA_LIKE.fullmatch(name) for name in names):
        raise UnusableExportError(
            f"{path} has no header: its first row looks like data ({listed(names)}); add a first line with "
            "the names of the columns, for example user_id,item_id,ordered_at,quantity."
        )
    options = " ".join(f"--column {name}=<one of the columns>" for name in missing)
    open_questions = "".join(f" {question}" for question in plan.questions)
    raise UnusableExportError(
        f"{path} has no column for {' and '.join(missing)}{catalogue_hint(plan)}; found were "
        f"{described(plan)}, the columns are {listed(names)}. Export one row for each product in an order, "
        f"with the customer and the product, or say which column it is: {options}{open_questions}"
    )


def catalogue_hint(plan: ColumnPlan) -> str:
    """Return a remark when a file has products but nobody who bought them."""
    if "item_id" in plan.sources and not {"user_id", "order_id", "ordered_at"} & plan.sources.keys():
        return " and looks like a product catalogue"
    return ""
