"""The customers of the shop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.catalogue import Catalogue
from training.sample.shop import SampleShop
from training.sample.tastes import TasteGroup, groups_for, style_shares

_KNOWN_BEFORE = 0.35  # of the customers, those from before the history
_GROWTH = 0.4  # how many more join on the last day than on the first
_ACTIVITY_SIGMA = 1.4  # many with one or two orders, few with a hundred


@dataclass(frozen=True, eq=False)
class Shoppers:
    """The customers as columns; row = ``user_index``. Days are counted from the first one.

    Attributes:
        groups: the taste groups of this shop.
        user_ids: str, shape (n_users,).
        group_of, second_group_of: int64, shape (n_users,), into ``groups``.
        style_of: int64, shape (n_users,), into STYLES: what they like things to look like.
        activity: float64, shape (n_users,): visits relative to others', mean about 1.
        joined_day: int64, shape (n_users,): no order is earlier.
        left_day: int64, shape (n_users,): the last day on which they may come.
        is_new: bool, shape (n_users,): joined during the history, so that the first order is on that day.
    """

    groups: tuple[TasteGroup, ...]
    user_ids: NDArray[np.str_]
    group_of: NDArray[np.int64]
    second_group_of: NDArray[np.int64]
    style_of: NDArray[np.int64]
    activity: NDArray[np.float64]
    joined_day: NDArray[np.int64]
    left_day: NDArray[np.int64]
    is_new: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.user_ids)

    def head(self, n: int) -> "Shoppers":
        """Return the first ``n`` of them; their order is by chance, so that they are a fair sample."""
        return Shoppers(
            self.groups,
            self.user_ids[:n],
            self.group_of[:n],
            self.second_group_of[:n],
            self.style_of[:n],
            self.activity[:n],
            self.joined_day[:n],
            self.left_day[:n],
            self.is_new[:n],
        )


def draw_shoppers(shop: SampleShop, catalogue: Catalogue, rng: np.random.Generator) -> Shoppers:
    """Draw the customers of ``shop``."""
    groups = groups_for(catalogue.aisles)
    shares = np.array([group.share for group in groups])
    group_of = rng.choice(len(groups), size=shop.users, p=shares / shares.sum())
    joined, is_new = _draw_joining(shop, rng)
    appetite = rng.lognormal(-(_ACTIVITY_SIGMA**2) / 2, _ACTIVITY_SIGMA, size=shop.users)
    # Those who order often also stay longer.
    stay = rng.exponential(shop.days * np.clip(0.6 + 0.4 * appetite, 0.6, 4.0))
    left = np.minimum(shop.days - 1, joined + stay.astype(np.int64))
    # Somebody is there from the first day to the last, even if all the shop has is one customer.
    joined[0], is_new[0], left[0] = 0, False, shop.days - 1
    return Shoppers(
        groups=groups,
        user_ids=_number(shop.users, joined, rng),
        group_of=group_of,
        second_group_of=rng.choice(len(groups), size=shop.users, p=shares / shares.sum()),
        style_of=_draw_styles(style_shares(groups), group_of, rng),
        activity=appetite * ((left - joined + 1) / shop.days) ** 0.7,
        joined_day=joined,
        left_day=left,
        is_new=is_new,
    )


def _draw_joining(shop: SampleShop, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    is_new = rng.random(shop.users) >= _KNOWN_BEFORE
    joined = rng.integers(shop.days, size=shop.users)
    # Density 1 + growth * day by thinning: the better of two draws, for some.
    later = rng.random(shop.users) < _GROWTH / (2 + _GROWTH) * 2
    joined = np.where(later, np.maximum(joined, rng.integers(shop.days, size=shop.users)), joined)
    return np.where(is_new, joined, 0), is_new


def _draw_styles(
    shares: NDArray[np.float64], group_of: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    steps = shares.cumsum(axis=1)[group_of, :-1]
    return np.asarray((rng.random(len(group_of))[:, None] > steps).sum(axis=1), dtype=np.int64)


def _number(n_users: int, joined_day: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.str_]:
    """Give out customer ids in the order of joining; the gaps are those who never bought."""
    digits = max(6, len(str(2 * n_users + 1000)))
    numbers = np.sort(rng.choice(2 * n_users, size=n_users, replace=False)) + 1000
    ids = np.empty(n_users, dtype=f"<U{digits + 1}")
    ids[np.lexsort((rng.random(n_users), joined_day))] = [f"C{one:0{digits}d}" for one in numbers]
    return ids
