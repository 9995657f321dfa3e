"""What a product export of a shop platform is, and what its rows become."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recsvc.catalogue.item_schema import MAX_CATEGORIES, MAX_CATEGORY_LENGTH
from recsvc.catalogue.rows import ExportRow
from recsvc.clock import to_text

NO_ID = "neither a SKU nor a title"
NOT_WHOLE = "the row cannot be split into the columns of the header"


@dataclass(frozen=True)
class ReadRow:
    """What a row says.

    Attributes:
        number: of the row, 1 for the first below the header.
        item: the fields of an item as ``PUT /v1/items`` takes them, with its ``item_id``; None where the row is no
            item.
        skipped: why the row is no item, in words for a person.
        problem: what of the row cannot be understood, in words for a person; such an item is not stored.
    """

    number: int
    item: dict[str, Any] | None = None
    skipped: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ProductExport:
    """A kind of file in which a platform exports products.

    Attributes:
        name: how a person hears of it.
        columns: names in the header, in lower case, by which a file is recognised.
        read: turns the rows of a file, in their order, into what they say; one for each row. It may go through the
            rows more than once.
    """

    name: str
    columns: frozenset[str]
    read: Callable[[Iterable[ExportRow]], Iterator[ReadRow]]


def read_item(
    row: ExportRow,
    item_id: str | None,
    attributes: Mapping[str, Any],
    *,
    problem: str | None = None,
    **fields: Any,  # noqa: ANN401 - validated later
) -> ReadRow:
    """Return what ``row`` says of an item; fields that are None, and attributes without a value, are left out.

    ``problem`` says what of the row was not understood, for which it is refused.
    """
    if not row.is_whole:
        return ReadRow(row.number, problem=NOT_WHOLE)
    if item_id is None:
        return ReadRow(row.number, skipped=NO_ID)
    known_fields = {name: value for name, value in fields.items() if value is not None}
    known_attributes = {name: value for name, value in attributes.items() if value not in (None, [])}
    item = {"item_id": item_id, **known_fields, "attributes": known_attributes}
    return ReadRow(row.number, item, problem=problem or "")


def moment(value: int | str | None) -> str | None:
    """Return a moment in microseconds since 1970 as ``PUT /v1/items`` takes it; text that is none stays as it is."""
    return to_text(value) if isinstance(value, int) else value


def fitting_categories(paths: Iterable[str]) -> list[str]:
    """Return those of ``paths`` that an item can have, the first ones.

    A path that is too long for a category becomes its levels, most general first.
    """
    found: dict[str, None] = {}
    for path in paths:
        levels = [path] if len(path) <= MAX_CATEGORY_LENGTH else path.split(">")
        names = (level.strip()[:MAX_CATEGORY_LENGTH].strip() for level in levels)
        found |= dict.fromkeys(name for name in names if name)
    return list(found)[:MAX_CATEGORIES]


_COMMA = re.compile(r"(?<!\\),")


def split_at_commas(text: str | None) -> list[str]:
    """Return what stands between the commas of ``text``, without blanks; a comma behind a backslash is part of it."""
    parts = _COMMA.split(text or "")
    return [part.replace("\\,", ",").strip() for part in parts if part.strip()]
