"""JSON documents: the orders in them stand in a list, in pages, one after the other, or under their ids."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from recsvc.errors import UnusableExportError
from training.sources.aliases import ALIASES
from training.sources.column_names import without_wrappers
from training.sources.delimited import Compact, PlanColumns, Table
from training.sources.json_text import TOO_LONG, JsonText
from training.sources.ndjson import Children, JsonRow, frame_of, head_of
from training.sources.nested import MOST_LEVELS, flattened
from training.sources.table_head import HEAD_ROWS

BATCH_CHARACTERS = 16 << 20
OF_AN_ORDER = frozenset((*ALIASES["user_id"], *ALIASES["order_id"]))
"""Keys of which an order has one, and a page of orders none."""
ORDER_WORDS = re.compile(
    r"order|sale|purchase|invoice|transaction|bestell|auftr|commande|pedido|ordin|tilau", re.I
)
FEWEST_BY_ID = 2
MOST_EXAMINED = 20
Records = Sequence[object]


def read_documents(text: JsonText, name: str, plan_columns: PlanColumns, compact: Compact) -> Table:
    """Read all orders of a JSON text; the keys of the first batch are the columns, rows are numbered from 1.

    Raises UnreadableSourceError where the text is cut off or no JSON, UnusableExportError when nothing in it is an
    order.
    """
    table: Table | None = None
    records = enumerate(records_in(text, name), 1)
    children = Children()
    while rows := children.linked(_batch(records, text)):
        if table is None:
            table = Table(plan_columns(head_of(rows)), None, [])
        wanted = frame_of(rows, table.plan.names, table.plan.positions)
        table.frames.append(compact(table.plan.canonical(wanted)))
    if table is None:
        raise UnusableExportError(f"{name} has no orders in it: its lists are empty; export them again")
    return table


def _batch(records: Iterator[tuple[int, object]], text: JsonText) -> list[tuple[int, JsonRow]]:
    rows: list[tuple[int, JsonRow]] = []
    until = text.n_characters + BATCH_CHARACTERS
    for number, record in records:
        rows.append((number, flattened(record) if isinstance(record, dict) else None))
        if len(rows) >= HEAD_ROWS and text.n_characters > until:
            break
    return rows


def records_in(text: JsonText, name: str) -> Iterator[object]:
    """Yield the orders of all values of the text."""
    while text.peek():
        yield from _records_of_next(text, name)
        if text.peek() == ",":  # objects that were cut out of a list
            text.take(",")


def _records_of_next(text: JsonText, name: str) -> Iterator[object]:
    """Yield the orders of the next value; of a list that is one after the other, and of a page that is too long too."""
    if text.peek() == "[":
        text.take("[")
        while text.peek() != "]":
            value = text.value()
            if value is TOO_LONG:
                yield from _records_of_next(text, name)
            else:
                yield from records_of(value, name) if is_page(value) else (value,)
            if text.peek() != "]":
                text.take(",")
        text.take("]")
        return
    value = text.value()
    if value is not TOO_LONG:
        yield from records_of(value, name)
        return
    text.take("{")
    while text.peek() != "}":
        text.value()
        text.take(":")
        if text.value() is TOO_LONG:
            yield from _records_of_next(text, name)
        if text.peek() != "}":
            text.take(",")
    text.take("}")


def records_of(value: object, name: str) -> Records:
    """Return the orders of one value: its elements, those of the list in it, or itself.

    Raises UnusableExportError when it has several lists that may be those of the orders.
    """
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    if is_order(value):
        return [value]
    found = dict(_lists_in(value, ""))
    likely = [path for path, records in found.items() if _are_orders(records)]
    if len(likely) > 1:
        named = [path for path in likely if ORDER_WORDS.search(path)]
        if len(named) != 1:
            raise UnusableExportError(
                f"{name} has several lists ({', '.join(map(repr, likely[:8]))}); save the one of the orders by itself, "
                f"for example: jq -c '.{(named or likely)[0]}[]' {name} > orders.ndjson"
            )
        likely = named
    if likely:
        return found[likely[0]]
    return max(found.values(), key=len, default=[value])


def is_order(value: Mapping[str, object]) -> bool:
    """Return whether the object says who bought or which order it is."""
    return _names_an_order(
        tuple(key for key, inner in flattened(value).items() if not isinstance(inner, list))
    )


@lru_cache(4096)
def _names_an_order(keys: tuple[str, ...]) -> bool:
    return any(without_wrappers(key) in OF_AN_ORDER for key in keys)


def is_page(value: object) -> bool:
    """Return whether an object is no order but holds some."""
    return (
        isinstance(value, dict)
        and not is_order(value)
        and any(_are_orders(records) for _, records in _lists_in(value, ""))
    )


def _are_orders(records: Records) -> bool:
    examined = [one for one in islice(records, MOST_EXAMINED) if isinstance(one, dict)]
    return 2 * sum(map(is_order, examined)) > len(examined)


def _lists_in(
    value: Mapping[str, object], path: str, levels: int = MOST_LEVELS
) -> Iterator[tuple[str, Records]]:
    """Yield the lists in an object and in those in it, and the objects that stand under their ids, with their paths."""
    by_id = _by_id(value)
    if by_id:
        yield path, by_id
        return
    for key, inner in value.items():
        at = f"{path}.{key}" if path else key
        if isinstance(inner, list):
            if not inner or isinstance(inner[0], dict):
                yield at, inner
        elif isinstance(inner, dict) and levels:
            yield from _lists_in(inner, at, levels - 1)


def _by_id(value: Mapping[str, object]) -> list[object]:
    """Return orders that stand under their ids, each with its id; none where the values are anything else."""
    inner = list(value.values())
    if len(inner) < FEWEST_BY_ID or not all(isinstance(one, dict) for one in inner) or not _are_orders(inner):
        return []
    return [{"id": key, **one} for key, one in value.items() if isinstance(one, dict)]
