"""The lines of a cart."""

from collections.abc import Iterable
from dataclasses import dataclass

from recsvc.web.cards import Card, cards_of
from recsvc.web.demo.shop import DemoShop, address_of_item, drawn_here


@dataclass(frozen=True)
class CartLine:
    """So many of an item."""

    card: Card
    quantity: int

    @property
    def address(self) -> str:
        """The page of the item."""
        return address_of_item(self.card.item_id)

    @property
    def sum(self) -> float | None:
        """What they cost together; None where no price is known."""
        return None if self.card.price is None else self.card.price * self.quantity


def lines_of(shop: DemoShop, cart: Iterable[tuple[str, int]]) -> list[CartLine]:
    """Return the lines of a cart, in its order."""
    quantities = dict(cart)
    cards = cards_of(shop.site, dict.fromkeys(quantities, ""))
    return [CartLine(drawn_here(card), quantities[card.item_id]) for card in cards]
