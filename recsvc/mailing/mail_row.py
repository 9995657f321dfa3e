"""One row of an export: a shopper and the items for their mail."""

from dataclasses import dataclass, fields
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
class MailOffer:
    """What a mail offers the shopper; it is promised to them.

    Attributes:
        title: what the shopper reads.
        code: what they type at the checkout; None: nothing.
        url: where it leads, on the shop's own site; None: nowhere.
        valid_until: until when it may be taken, as RFC 3339 has it.
    """

    title: str
    code: str | None
    url: str | None
    valid_until: str


_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
"""Of ISO 4217: the currencies without two decimals."""


def decimals_of(currency: str) -> int:
    """Return how many decimals amounts have in a currency, as ISO 4217 names it."""
    return next((n for n, names in _DECIMALS.items() if currency in names.split()), 2)


OFFER_FIELDS = tuple(one.name for one in fields(MailOffer))


@dataclass(frozen=True)
class MailRow:
    """What a mail to one shopper holds.

    Attributes:
        user_id: the shop's.
        recommendation_id: of the list; it is sent back with events.
        items: for the mail, best first.
        spares: more of them, in case one sells out before the mail is sent.
        offer: beside them; None: none.
    """

    user_id: str
    recommendation_id: str
    items: tuple[MailItem, ...]
    spares: tuple[MailItem, ...]
    offer: MailOffer | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the row as values of JSON; ``dataclasses.asdict`` copies each value, at twenty times the cost."""
        items, spares = ([vars(item) for item in some] for some in (self.items, self.spares))
        offer = None if self.offer is None else vars(self.offer)
        return {**vars(self), "items": items, "spares": spares, "offer": offer}

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> "MailRow":
        """Return the row that ``to_json`` said."""
        items, spares = (tuple(MailItem(**item) for item in said[name]) for name in ("items", "spares"))
        offer = MailOffer(**said["offer"]) if said.get("offer") else None
        return cls(said["user_id"], said["recommendation_id"], items, spares, offer)


@dataclass(frozen=True)
class Layout:
    """Which columns a file has: the same for each row of it.

    Attributes:
        n: items of a row.
        n_spares: spare ones.
        fields: what is told of each, of ``FIELDS``.
        has_offers: whether it tells what is offered.
        decimals: of prices, where they are texts.
    """

    n: int
    n_spares: int
    fields: tuple[str, ...] = FIELDS
    has_offers: bool = False
    decimals: int = 2

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
        return ["user_id", "recommendation_id", *(f"offer_{name}" for name in self.offer_fields), *items]

    @property
    def offer_fields(self) -> tuple[str, ...]:
        """What is told of an offer."""
        return OFFER_FIELDS if self.has_offers else ()

    def told(self, item: MailItem) -> dict[str, Any]:
        """Return what is told of an item."""
        return {"item_id": item.item_id} | {name: getattr(item, name) for name in self.fields}

    def told_of_offer(self, row: MailRow) -> dict[str, str | None]:
        """Return what is told of what a row offers, by the names of columns."""
        return {f"offer_{name}": getattr(row.offer, name, None) for name in self.offer_fields}
