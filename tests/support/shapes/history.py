"""The history of one small shop: who bought what, when, in how many pieces and at which price."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

FIRST_DAY = datetime(2025, 1, 3, 8, 0)  # noqa: DTZ001  # an export shows its own clock
FIRST_NAMES = ("Ann", "Dan", "Eva", "Ida", "Jan", "Leo", "Mia", "Tom")
LAST_NAMES = ("Baker", "Cole", "Dean", "Ford", "Hale", "Moss", "Reed", "Shaw", "Todd", "West", "York")
THINGS = ("Bowl", "Vase", "Lamp", "Chair", "Rug", "Mug", "Tray", "Clock", "Mirror", "Basket")
COLOURS = ("white", "grey", "green")


@dataclass(frozen=True)
class Line:
    """A line of an order; shoppers, products, orders and lines are numbers, `cents` is the price of one piece."""

    order: int
    shopper: int
    product: int
    pieces: int
    cents: int
    at: datetime
    number: int = 0
    place: int = 1
    bought: bool = True


@dataclass(frozen=True)
class History:
    """The lines of all orders, an order's lines together, the oldest order first."""

    lines: tuple[Line, ...] = field(repr=False)

    def orders(self) -> Iterator[tuple[Line, ...]]:
        """Yield the lines of each order."""
        for _, lines in groupby(self.lines, key=lambda line: line.order):
            yield tuple(lines)

    @property
    def most_lines(self) -> int:
        """Lines of the longest order."""
        return max((len(lines) for lines in self.orders()), default=0)


def title_of(product: int) -> str:
    """Return what a product is called."""
    return f"{THINGS[product % len(THINGS)]} {COLOURS[product // len(THINGS) % len(COLOURS)]}"


def name_of(shopper: int) -> str:
    """Return the name of a shopper; no two have the same."""
    return f"{FIRST_NAMES[shopper % len(FIRST_NAMES)]} {LAST_NAMES[shopper // len(FIRST_NAMES) % len(LAST_NAMES)]}"


def cents_of(product: int) -> int:
    """Return the price of one piece; each product has its own, and two cost more than a thousand."""
    return 124_900 + product if product in (11, 23) else 395 + 160 * product


@cache
def base_history(n_shoppers: int = 60, n_products: int = 30, n_orders: int = 300) -> History:
    """Return the history of the base shop; one order in fifteen came to nothing."""
    chance = random.Random(16)  # noqa: S311  # a shop, not a secret
    at, lines = FIRST_DAY, []
    for order in range(n_orders):
        at += timedelta(minutes=chance.randint(300, 5400))
        shopper = (
            order if order < n_shoppers else min(chance.randrange(n_shoppers), chance.randrange(n_shoppers))
        )
        chosen = chance.sample(range(n_products), chance.choice((1, 1, 2, 2, 3, 4)))
        for place, product in enumerate(chosen, 1):
            pieces = chance.choice((1, 1, 1, 2, 2, 3))
            lines.append(
                Line(
                    1000 + order,
                    shopper,
                    product,
                    pieces,
                    cents_of(product),
                    at,
                    len(lines),
                    place,
                    order % 15 != 7,
                )
            )
    return History(tuple(lines))
