"""The taste groups of the shop's customers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.aisles import Aisle
from training.sample.words import STYLES

_OTHER_AISLES = 0.07  # appetite for what is no favourite, against 5 to 10 for what is
_OTHER_STYLES = 0.35


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
