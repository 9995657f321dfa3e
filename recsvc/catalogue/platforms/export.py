"""What a product export of a shop platform is, and what its rows become."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recsvc.catalogue.rows import ExportRow

NO_ID = "neither a SKU nor a title"


@dataclass(frozen=True)
class ReadRow:
    """What a row says.

    Attributes:
        number: of the row, 1 for the first below the header.
        item: the fields of an item as ``PUT /v1/items`` takes them, with its ``item_id``; None where the row is no
            item.
        skipped: why the row is no item, in words for a person.
    """

    number: int
    item: dict[str, Any] | None = None
    skipped: str = ""


@dataclass(frozen=True)
class ProductExport:
    """A kind of file in which a platform exports products.

    Attributes:
        name: how a person hears of it.
        columns: names in the header, in lower case, by which a file is recognised.
        read: turns the rows of a file, in their order, into what they say; one for each row.
    """

    name: str
    columns: frozenset[str]
    read: Callable[[Iterable[ExportRow]], Iterator[ReadRow]]


def read_item(row: ExportRow, item_id: str | None, attributes: Mapping[str, Any], **fields: Any) -> ReadRow:  # noqa: ANN401 - validated later
    """Return what ``row`` says of an item; fields that are None, and attributes without a value, are left out."""
    if item_id is None:
        return ReadRow(row.number, skipped=NO_ID)
    known_fields = {name: value for name, value in fields.items() if value is not None}
    known_attributes = {name: value for name, value in attributes.items() if value not in (None, [])}
    return ReadRow(row.number, {"item_id": item_id, **known_fields, "attributes": known_attributes})


def split_at_commas(text: str | None) -> list[str]:
    """Return what stands between the commas of ``text``, without blanks."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]
