"""Parcels: the purchases of one customer within a few days."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import SettingsError
from training.sample.catalogue import SampleCatalogue
from training.sample.purchases import Purchases, draw_purchases
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers

_DAYS = 3  # purchases within so many days are sent in one parcel, after the last visit
_LINES_PER_VISIT = 3.0  # a first guess; trial corrects it
_TRIES = 30
_VISITS_PER_LINE_MAX, _VISITS_FREE = 4, 400_000  # many customers of few things come often for nothing new
_SURPLUS, _TOO_MANY = 1.03, 1.1
_PILOT_LINES = 200_000  # a shop larger than this finds the number of visits on a part of its customers


@dataclass(frozen=True, eq=False)
class Parcels:
    """Things and the parcel that each is in.

    Attributes:
        lines: the things, parcel by parcel; no item twice in one.
        parcel_of: int64, shape (n_lines,), ascending.
        user, day: int32, shape (n_parcels,); ordered by user, then by day.
    """

    lines: Purchases
    parcel_of: NDArray[np.int64]
    user: NDArray[np.int32]
    day: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.user)

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Say which parcels are the first of their user, shape (n_parcels,)."""
        return np.concatenate(([True], np.diff(self.user) != 0))

    def cut(self, n_lines: int, order: NDArray[np.int64]) -> "Parcels":
        """Keep parcels in ``order``, a permutation of them, until there are ``n_lines`` lines.

        One line of each user's first parcel is kept in any case: ``n_lines`` must not be below the users.
        """
        size = np.bincount(self.parcel_of, minlength=len(self))
        safe = self.is_first.astype(np.int64)
        wanted = (size - safe)[order]
        room = n_lines - safe.sum() - (np.cumsum(wanted) - wanted)
        keeps = safe.copy()
        keeps[order] += np.clip(room, 0, wanted)
        first_line = np.cumsum(size) - size
        kept = np.arange(len(self.lines)) - first_line[self.parcel_of] < keeps[self.parcel_of]
        filled = keeps > 0
        number = np.cumsum(filled) - 1
        return Parcels(
            self.lines.take(kept), number[self.parcel_of[kept]], self.user[filled], self.day[filled]
        )


def draw_parcels(
    shop: SampleShop, catalogue: SampleCatalogue, shoppers: Shoppers, rng: np.random.Generator
) -> Parcels:
    """Draw parcels with at least ``shop.order_lines`` lines and few more.

    Raises:
        SettingsError: so few customers cannot buy so much of so few items in so few days.
    """
    mean_visits = shop.order_lines / shop.users / _LINES_PER_VISIT
    if shop.order_lines > _PILOT_LINES and shop.users >= 1000:
        part = max(_PILOT_LINES / shop.order_lines, 500 / shop.users)
        users = int(shop.users * part)
        pilot = replace(shop, users=users, order_lines=shop.order_lines * users // shop.users)
        _, mean_visits = _draw_enough(pilot, catalogue, shoppers.head(users), mean_visits, rng)
    return _draw_enough(shop, catalogue, shoppers, mean_visits, rng)[0]


def _draw_enough(
    shop: SampleShop,
    catalogue: SampleCatalogue,
    shoppers: Shoppers,
    mean_visits: float,
    rng: np.random.Generator,
) -> tuple[Parcels, float]:
    most = max(_VISITS_PER_LINE_MAX * shop.order_lines, _VISITS_FREE) / shop.users
    for attempt in range(_TRIES):
        parcels = _bundle(draw_purchases(shop, catalogue, shoppers, mean_visits, rng), len(catalogue), rng)
        surplus = len(parcels.lines) / shop.order_lines
        if surplus >= 1 and (surplus <= _TOO_MANY or attempt > 3):
            return parcels, mean_visits
        mean_visits = min(mean_visits * float(np.clip(_SURPLUS / surplus, 0.3, 3.0)), most)
    raise SettingsError(
        f"order_lines must be less than {shop.order_lines} for {shop.users} users, {shop.items} items and "
        f"{shop.days} days; ask for fewer, or for more of the others"
    )


def _bundle(taken: Purchases, n_items: int, rng: np.random.Generator) -> Parcels:
    """Put what a user takes within a few days into one parcel; they begin at odds for each user."""
    phase = rng.integers(_DAYS, size=int(taken.user.max()) + 1, dtype=np.int32)
    bin_of = (taken.day + phase[taken.user]) // _DAYS
    key = (taken.user.astype(np.int64) * 2**12 + bin_of) * n_items + taken.item
    order = np.argsort(key, kind="stable")
    order = order[np.concatenate(([True], np.diff(key[order]) != 0))]
    lines = taken.take(order)
    begins = np.concatenate(([True], np.diff(key[order] // n_items) != 0))
    first_line = np.flatnonzero(begins)
    # The last day of the visits: nothing is sent before it is on sale or its buyer known to the shop.
    day = np.maximum.reduceat(lines.day, first_line)
    return Parcels(lines, np.cumsum(begins) - 1, lines.user[first_line], day)
