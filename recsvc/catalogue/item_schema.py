"""Items as JSON: the fields that a shop sends, validated, and those that it is answered."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, Field, Strict, TypeAdapter, WrapValidator, field_validator

from recsvc.catalogue.fields import Money, Refused, RequestModel, or_reason, text
from recsvc.catalogue.item import MAX_TITLE_LENGTH, MAX_URL_LENGTH, Item
from recsvc.clock import Timestamp, to_text, to_us
from recsvc.identity.external_id import StoredId

MAX_CATEGORIES = 50
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE_BYTES = 16 * 2**10
MAX_CATEGORY_LENGTH = 128
MAX_LISTED_VALUES = 100
_VALUE_LENGTH = 1024
_LARGEST_EXACT = 2**53 - 1
"""Programs that read JSON numbers as doubles may see another number beyond it."""

Link = Annotated[
    str,
    Field(
        max_length=MAX_URL_LENGTH,
        pattern=r"^(https?://|/)[^\x00-\x20<>\"\x7f]*$",
        description="http, https, or a path on the shop's own site.",
    ),
]
Category = Annotated[str, text(MAX_CATEGORY_LENGTH, min_length=1)]
Scalar = (
    Annotated[str, text(_VALUE_LENGTH)]
    | Annotated[bool, Strict()]
    | Annotated[int, Strict(), Field(ge=-_LARGEST_EXACT, le=_LARGEST_EXACT)]
    | Annotated[float, Strict(), Field(ge=-_LARGEST_EXACT, le=_LARGEST_EXACT, allow_inf_nan=False)]
)
AttributeValue = Scalar | Annotated[list[Scalar], Field(max_length=MAX_LISTED_VALUES)]


class ItemFields(RequestModel):
    """What the shop knows of an item; all of it may be left out."""

    title: Annotated[str, text(MAX_TITLE_LENGTH)] | None = None
    url: Link | None = None
    image_url: Link | None = None
    price: Money | None = Field(None, description="Of one piece, in the shop's currency.")
    categories: list[Category] = Field(
        default_factory=list, max_length=MAX_CATEGORIES, description="Most general first."
    )
    in_stock: Annotated[bool, Strict()] = True
    available_from: Timestamp | None = Field(None, description="Not shown before.")
    available_until: Timestamp | None = Field(None, description="Not shown from then on.")
    attributes: dict[str, AttributeValue] = Field(
        default_factory=dict,
        max_length=MAX_ATTRIBUTES,
        description="Whatever else the shop knows: text, numbers, yes or no, or lists of these; 16 KiB in all.",
    )
    group_id: StoredId | None = Field(
        None, description="Of the product that this is a variant of; a list shows one item of it."
    )

    @field_validator("attributes")
    @classmethod
    def _bounded(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            size_bytes = len(json.dumps(value, ensure_ascii=False).encode())
        except UnicodeEncodeError:  # half of a surrogate pair
            raise ValueError("has a name that is no Unicode text") from None
        if size_bytes > MAX_ATTRIBUTE_BYTES:
            raise ValueError(f"takes more than {MAX_ATTRIBUTE_BYTES} bytes as JSON")
        return value

    def changes(self, updated_at_us: int) -> dict[str, Any]:
        """Return the fields that were sent, under the names and in the units of ``Item``."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("available_from", "available_until"):
            if name in sent:
                moment = sent.pop(name)
                sent[f"{name}_us"] = None if moment is None else to_us(moment)
        if "categories" in sent:
            sent["categories"] = tuple(sent["categories"])
        return {**sent, "updated_at_us": updated_at_us}

    def to_item(self, item_id: str, updated_at_us: int) -> Item:
        """Return the item ``item_id`` with these fields, changed at ``updated_at_us`` (microseconds since 1970)."""
        return Item(**{"item_id": item_id, **self.changes(updated_at_us)})


class ItemPatch(ItemFields):
    """What changes; a field that is left out stays. Attributes change one by one, and null removes one."""

    attributes: dict[str, AttributeValue | None] = Field(  # type: ignore[assignment]
        default_factory=dict, max_length=MAX_ATTRIBUTES
    )


class ItemEntry(ItemFields):
    """An item among several."""

    item_id: StoredId


class CatalogueItem(BaseModel):
    """An item of the catalogue."""

    item_id: str
    title: str | None
    url: str | None
    image_url: str | None
    price: float | None
    categories: list[str]
    in_stock: bool
    available_from: str | None
    available_until: str | None
    attributes: dict[str, Any]
    group_id: str | None
    updated_at: str

    @classmethod
    def of(cls, item: Item) -> "CatalogueItem":
        """Return ``item`` as answers show it."""
        start, end = item.available_from_us, item.available_until_us
        return cls(
            **{name: getattr(item, name) for name in cls.model_fields if hasattr(item, name)}
            | {"categories": list(item.categories)},
            available_from=None if start is None else to_text(start),
            available_until=None if end is None else to_text(end),
            updated_at=to_text(item.updated_at_us),
        )


_entry: TypeAdapter[ItemEntry | Refused] = TypeAdapter(Annotated[ItemEntry, WrapValidator(or_reason)])


def read_entry(value: object) -> ItemEntry | Refused:
    """Return the item that ``value`` describes, or why it describes none."""
    return _entry.validate_python(value)
