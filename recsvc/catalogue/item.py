"""An item as the shop describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

MAX_TITLE_LENGTH = 512
MAX_URL_LENGTH = 2048

Scalar: TypeAlias = str | int | float | bool
AttributeValue: TypeAlias = Scalar | list[Scalar]


LONGEST_WORDS = 60
"""Characters; what is longer describes an item, and many descriptions are alike."""


@dataclass(frozen=True)
class Item:
    """An item of the catalogue; all but its id may be unknown.

    Attributes:
        item_id: the shop's id of the item.
        title, url, image_url: what is shown.
        price: of one item, or None.
        categories: the shop's names, most general first.
        in_stock: whether it can be sold now.
        available_from_us, available_until_us: when it may be shown, in microseconds since 1970; None: no limit.
        attributes: whatever else the shop knows, by name.
        updated_at_us: when the shop last described it, in microseconds since 1970.
        withdrawn: whether it was deleted, and must not be shown even if a model knows it.
        group_id: the product that the item is a variant of, as the shop calls it; a list shows one item of it.
    """

    item_id: str
    title: str | None = None
    url: str | None = None
    image_url: str | None = None
    price: float | None = None
    categories: tuple[str, ...] = ()
    in_stock: bool = True
    available_from_us: int | None = None
    available_until_us: int | None = None
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    updated_at_us: int = 0
    withdrawn: bool = False
    group_id: str | None = None

    def patched(self, changes: Mapping[str, Any]) -> "Item":
        """Return the item with other values; attributes change one by one, and None removes one."""
        if "attributes" not in changes:
            return replace(self, **changes)
        attributes = {**self.attributes, **changes["attributes"]}
        kept = {name: value for name, value in attributes.items() if value is not None}
        return replace(self, **{**changes, "attributes": kept})

    def is_sold_at(self, now_us: int) -> bool:
        """Return whether the item may be shown at ``now_us``, in microseconds since 1970."""
        begun = self.available_from_us is None or self.available_from_us <= now_us
        ended = self.available_until_us is not None and self.available_until_us <= now_us
        return self.in_stock and not self.withdrawn and begun and not ended


@dataclass(frozen=True)
class ItemChanges:
    """Items that changed after a revision, in the order of their last change; withdrawn ones are among them."""

    items: tuple[Item, ...]
    revision: int


def words_in(attributes: Mapping[str, Any]) -> str:
    """Return what attributes say in words, such as a brand and a material: no numbers, no addresses, no long texts."""
    values = (one for value in attributes.values() for one in (value if isinstance(value, list) else [value]))
    said = [one for one in values if isinstance(one, str) and len(one) <= LONGEST_WORDS]
    return " ".join(one for one in said if any(map(str.isalpha, one)) and "://" not in one)
