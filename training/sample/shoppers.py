"""The shoppers of the shop, and the tastes that they share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.aisles import Aisle
from training.sample.catalogue import SampleCatalogue
from training.sample.shop import SampleShop
from training.sample.words import STYLES

_OTHER_AISLES = 0.07  # appetite for what is no favourite, against 5 to 10 for what is
_OTHER_STYLES = 0.35

_KNOWN_BEFORE = 0.35  # of the customers, those from before the history
_GROWTH = 0.4  # how many more join on the last day than on the first
_ACTIVITY_SIGMA = 1.4  # many with one or two orders, few with a hundred


@dataclass(frozen=True)
class TasteGroup:
    """Customers who like the same aisles and styles.

    Attributes:
        name: for people.
        share: of all customers, against 1 for a usual group.
        favourites: category -> how much more of it they buy than others do.
        styles: what they like things to look like, the most liked first.
    """

    name: str
    share: float
    favourites: dict[str, float]
    styles: tuple[str, ...]


TASTE_GROUPS = (
    TasteGroup(
        "coffee lovers",
        1.3,
        {"Kitchen > Coffee": 9, "Pantry > Snacks & Sweets": 1.5, "Kitchen > Tableware": 1},
        ("modern", "natural"),
    ),
    TasteGroup("dog owners", 1.2, {"Pets > Dog": 9, "Cleaning > Laundry": 1}, ("country", "classic")),
    TasteGroup(
        "gardeners",
        1.1,
        {"Garden > Seeds & Plants": 7, "Garden > Tools & Wildlife": 7, "Garden > Outdoor Living": 3},
        ("natural", "country"),
    ),
    TasteGroup("cat owners", 1.1, {"Pets > Cat": 9, "Home > Cushions & Throws": 1}, ("bright", "modern")),
    TasteGroup(
        "home bakers",
        1.0,
        {"Kitchen > Baking": 9, "Kitchen > Tableware": 1.5, "Pantry > Oils & Spices": 1},
        ("country", "bright"),
    ),
    TasteGroup(
        "nest makers",
        1.0,
        {
            "Home > Candles & Scent": 5,
            "Home > Cushions & Throws": 6,
            "Home > Lighting": 5,
            "Home > Bed & Bath": 5,
        },
        ("natural", "classic"),
    ),
    TasteGroup(
        "young families",
        1.0,
        {"Cleaning > Laundry": 6, "Kids > Toys & Play": 7, "Pantry > Snacks & Sweets": 1},
        ("bright", "natural"),
    ),
    TasteGroup(
        "tea drinkers",
        0.7,
        {"Kitchen > Tea": 9, "Pantry > Snacks & Sweets": 3, "Home > Candles & Scent": 1},
        ("classic", "country"),
    ),
    TasteGroup(
        "keen cooks",
        0.8,
        {"Kitchen > Cookware": 7, "Pantry > Oils & Spices": 7, "Kitchen > Tableware": 2},
        ("modern", "classic"),
    ),
    TasteGroup(
        "givers and writers",
        0.7,
        {"Office > Stationery": 7, "Gifts > Cards & Wrap": 7, "Home > Candles & Scent": 1},
        ("bright", "modern"),
    ),
)


def groups_for(aisles: tuple[Aisle, ...]) -> tuple[TasteGroup, ...]:
    """Return the groups that find a favourite among ``aisles``."""
    categories = [aisle.category for aisle in aisles]
    return tuple(group for group in TASTE_GROUPS if next(iter(group.favourites)) in categories)


def aisle_appetite(groups: tuple[TasteGroup, ...], aisles: tuple[Aisle, ...]) -> NDArray[np.float64]:
    """Return how much each group likes each aisle, shape (n_groups, n_aisles)."""
    rows = [[group.favourites.get(aisle.category, _OTHER_AISLES) for aisle in aisles] for group in groups]
    return np.array(rows, dtype=np.float64)


def style_shares(groups: tuple[TasteGroup, ...]) -> NDArray[np.float64]:
    """Return the share of each style among the members of each group, shape (n_groups, n_styles)."""
    weights = np.full((len(groups), len(STYLES)), _OTHER_STYLES)
    for row, group in zip(weights, groups, strict=True):
        for liking, style in zip((3.0, 1.5), group.styles, strict=True):
            row[STYLES.index(style)] = liking
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


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


def draw_shoppers(shop: SampleShop, catalogue: SampleCatalogue, rng: np.random.Generator) -> Shoppers:
    """Draw the customers of ``shop``."""
    groups = groups_for(catalogue.aisles)
    shares = np.array([group.share for group in groups])
    group_of = rng.choice(len(groups), size=shop.users, p=shares / shares.sum())
    joined, is_new = _draw_joining(shop, rng)
    appetite = rng.lognormal(-(_ACTIVITY_SIGMA**2) / 2, _ACTIVITY_SIGMA, size=shop.users)
    # Shoppers who order often also stay longer.
    stay = rng.exponential(shop.days * np.clip(0.6 + 0.4 * appetite, 0.6, 4.0))
    left = np.minimum(shop.days - 1, joined + stay.astype(np.int64))
    # One customer is there from the first day to the last, even in a shop with a single customer.
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
