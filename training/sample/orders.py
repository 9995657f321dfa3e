"""Order lines: parcels at a time of day, guests among them, and what is sent back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.catalogue import SampleCatalogue
from training.sample.demand import draw_seconds
from training.sample.parcels import Parcels, draw_parcels
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers

GUEST = -1

_RETURN_DAYS_MIN, _RETURN_DAYS_MAX = 3, 28
_QUANTITY_MAX = 12


@dataclass(frozen=True, eq=False)
class SampleLines:
    """The order lines in the order of time: columns, shape (n_order_lines,) each.

    Attributes:
        order: int64, number of the order, from 0 and in the order of time; a return has that of its purchase.
        user: int32, ``user_index``; GUEST without a login.
        second: int64, since the first midnight of the history.
        item: int32, ``item_index``.
        quantity: int16, below zero for a return.
    """

    order: NDArray[np.int64]
    user: NDArray[np.int32]
    second: NDArray[np.int64]
    item: NDArray[np.int32]
    quantity: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.order)

    def take(self, rows: NDArray[np.int64]) -> "SampleLines":
        """Return the chosen rows."""
        return SampleLines(
            self.order[rows], self.user[rows], self.second[rows], self.item[rows], self.quantity[rows]
        )


def draw_order_lines(
    shop: SampleShop, catalogue: SampleCatalogue, shoppers: Shoppers, rng: np.random.Generator
) -> SampleLines:
    """Draw exactly ``shop.order_lines`` order lines.

    Raises:
        SettingsError: so few customers cannot buy so much of so few items in so few days.
    """
    parcels = draw_parcels(shop, catalogue, shoppers, rng)
    order = rng.permutation(len(parcels))
    n_returns = min(round(shop.return_share * shop.order_lines), shop.order_lines - shop.users)
    sold = parcels.cut(shop.order_lines - n_returns, order)
    n_possible = int(_returnable(shop, catalogue, sold.lines.item, sold.day[sold.parcel_of]).sum())
    if n_possible < n_returns:
        n_returns = n_possible
        sold = parcels.cut(shop.order_lines - n_returns, order)
    return _with_returns(shop, catalogue, _number(shop, catalogue, sold, rng), n_returns, rng)


def _returnable(
    shop: SampleShop, catalogue: SampleCatalogue, item: NDArray[np.int32], day: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Say which lines are of things that last, bought early enough to come back within the history."""
    return np.asarray((catalogue.repurchase_days[item] == 0) & (day + _RETURN_DAYS_MAX < shop.days))


def _number(
    shop: SampleShop, catalogue: SampleCatalogue, sold: Parcels, rng: np.random.Generator
) -> SampleLines:
    """Give parcels a time of day and number them by it; within an order the lines are shuffled."""
    second = draw_seconds(shop, sold.day, rng)
    order_of_parcel = np.empty(len(sold), dtype=np.int64)
    order_of_parcel[np.argsort(second, kind="stable")] = np.arange(len(sold))
    user = _forget_guests(shop, sold, rng)
    order = order_of_parcel[sold.parcel_of]
    rows = np.argsort(order * 2**20 + rng.integers(2**20, size=len(order)), kind="stable")
    parcel, item = sold.parcel_of[rows], sold.lines.item[rows]
    return SampleLines(
        order[rows], user[parcel], second[parcel], item, _draw_quantities(catalogue, item, rng)
    )


def _forget_guests(shop: SampleShop, sold: Parcels, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return the user of each parcel; some users who came before have not logged in."""
    again = np.flatnonzero(~sold.is_first)
    n_guests = min(len(again), round(shop.guest_share * len(sold)))
    user = sold.user.copy()
    user[rng.choice(again, size=n_guests, replace=False)] = GUEST
    return user


def _draw_quantities(
    catalogue: SampleCatalogue, item: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.int16]:
    """Draw the quantity of each line: mostly one, more of what is cheap or used up."""
    more = np.clip(3.0 / catalogue.price, 0.03, 0.5) + 0.25 * (catalogue.repurchase_days > 0)
    return np.minimum(1 + rng.poisson(more[item]), _QUANTITY_MAX).astype(np.int16)


def _with_returns(
    shop: SampleShop, catalogue: SampleCatalogue, sales: SampleLines, n_returns: int, rng: np.random.Generator
) -> SampleLines:
    day = (sales.second // 86_400).astype(np.int32)
    possible = np.flatnonzero(_returnable(shop, catalogue, sales.item, day))
    back = sales.take(rng.choice(possible, size=n_returns, replace=False))
    later = rng.integers(_RETURN_DAYS_MIN, _RETURN_DAYS_MAX, size=n_returns, endpoint=True)
    second = draw_seconds(shop, (back.second // 86_400 + later).astype(np.int32), rng)
    quantity = -rng.integers(1, back.quantity, endpoint=True).astype(np.int16)
    lines = SampleLines(
        np.concatenate((sales.order, back.order)),
        np.concatenate((sales.user, back.user)),
        np.concatenate((sales.second, second)),
        np.concatenate((sales.item, back.item)),
        np.concatenate((sales.quantity, quantity)),
    )
    return lines.take(np.argsort(lines.second, kind="stable"))
