"""One row of an export: a shopper and the items for their mail."""

from dataclasses import dataclass
from typing import Any

FIELDS = ("title", "link", "picture", "price", "reason", "why")
"""What is told of each item beside its id, in the order in which files have it."""


@dataclass(frozen=True)
class MailItem:
    """An item as a mail shows it; None where nothing is known.

    Attributes:
        item_id: the shop's.
        title: of the catalogue, else as training learned it.
        link, picture: addresses.
        price: of one, in the shop's currency.
        reason: its code, as lists name it.
        why: the reason in words that follow "because"; empty where there are none.
    """

    item_id: str
    title: str | None
    link: str | None
    picture: str | None
    price: float | None
    reason: str
    why: str


@dataclass(frozen=True)
class MailRow:
    """What a mail to one shopper holds.

    Attributes:
        user_id: the shop's.
        recommendation_id: of the list; it is sent back with events.
        items: for the mail, best first.
        spares: more of them, in case one sells out before the mail is sent.
    """

    user_id: str
    recommendation_id: str
    items: tuple[MailItem, ...]
    spares: tuple[MailItem, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the row as values of JSON; ``dataclasses.asdict`` copies each value, at twenty times the cost."""
        items, spares = ([vars(item) for item in some] for some in (self.items, self.spares))
        return {**vars(self), "items": items, "spares": spares}

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> "MailRow":
        """Return the row that ``to_json`` said."""
        items, spares = (tuple(MailItem(**item) for item in said[name]) for name in ("items", "spares"))
        return cls(said["user_id"], said["recommendation_id"], items, spares)


@dataclass(frozen=True)
class Layout:
    """Which columns a file has: the same for each row of it.

    Attributes:
        n: items of a row.
        n_spares: spare ones.
        fields: what is told of each, of ``FIELDS``.
    """

    n: int
    n_spares: int
    fields: tuple[str, ...] = FIELDS

    @property
    def columns(self) -> list[str]:
        """The columns of a flat file, in order."""
        kinds = [("", self.n), ("spare_", self.n_spares)]
        items = [
            f"{prefix}{name}_{place}"
            for prefix, n in kinds
            for place in range(1, n + 1)
            for name in ("item", *self.fields)
        ]
        return ["user_id", "recommendation_id", *items]

    def told(self, item: MailItem) -> dict[str, Any]:
        """Return what is told of an item."""
        return {"item_id": item.item_id} | {name: getattr(item, name) for name in self.fields}
