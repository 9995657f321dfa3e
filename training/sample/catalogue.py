"""The items of the shop: what each is called, costs, belongs to, and how well it sells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.aisles import AISLES, COMPANIONS, Aisle, ProductType
from training.sample.shop import SampleShop
from training.sample.words import COLOURS, MAKERS, PRICE_OF_STYLE, STYLES

_CROWDED = 0.7  # a larger part of the plain titles is not used up; makers' names make new ones

NEVER = 2**30  # a day that does not come
_ITEMS_PER_AISLE = 12
_POPULARITY_SIGMA = 1.0
_PRICE_SIGMA = 0.18
_PRICE_OF_SIZE = np.array([0.6, 1.0, 1.7])
_LASTS_OF_SIZE = np.array([0.5, 1.0, 1.5])
_FADING_WEEKS = 8
_QUIET_WEEKS = 8  # at either end of the history, so that a rise or a fall can be told from its edge


@dataclass(frozen=True)
class TitleSlots:
    """The words that a title of one product type in one style may be put together from."""

    makers: tuple[str, ...]
    adjectives: tuple[str, ...]
    variants: tuple[str, ...]

    @classmethod
    def of(cls, product_type: ProductType, style: int, n: int) -> "TitleSlots":
        """Choose enough words for ``n`` titles.

        What comes in colours names its maker only in a large shop; what does not always does, because colour
        or maker must tell the styles apart.
        """
        variants = product_type.sizes or COLOURS[style]
        plain = len(product_type.adjectives) * len(variants)
        makers = MAKERS[style]
        if product_type.sizes:
            return cls(makers, product_type.adjectives, variants)
        n_makers = int(n / (plain * _CROWDED))
        return cls(("", *makers)[: n_makers + 1], product_type.adjectives, variants)

    def __len__(self) -> int:
        return len(self.makers) * len(self.adjectives) * len(self.variants)

    def title(self, index: int, noun: str) -> str:
        """Return title number ``index``; beyond ``len(self)`` the designs are numbered."""
        design, index = divmod(index, len(self))
        rest, variant = divmod(index, len(self.variants))
        maker, adjective = divmod(rest, len(self.adjectives))
        words = " ".join(part for part in (self.makers[maker], self.adjectives[adjective], noun) if part)
        number = f", Design {design + 1}" if design else ""
        return f"{words}, {self.variants[variant]}{number}"


def draw_titles(
    product_type: ProductType, style: int, n: int, rng: np.random.Generator
) -> tuple[list[str], NDArray[np.int64]]:
    """Draw ``n`` different titles of one type and style.

    Returns:
        the titles, and int64, shape (n,): the index of each one's size; 1 (the middle) where there are none.
    """
    slots = TitleSlots.of(product_type, style, n)
    pool = -(-n // len(slots)) * len(slots)
    indices = rng.permutation(pool)[:n]
    sizes = indices % len(slots.variants) if product_type.sizes else np.ones(n, dtype=np.int64)
    return [slots.title(int(index), product_type.noun) for index in indices], sizes


@dataclass(frozen=True, eq=False)
class SampleCatalogue:
    """The items as columns; row = ``item_index``, ordered by item id. Days are counted from the first one.

    Attributes:
        aisles: the ones this shop has.
        types: all product types of those aisles.
        item_ids, titles: str, shape (n_items,).
        type_of, aisle_of, style_of: int64, shape (n_items,), into ``types``, ``aisles`` and STYLES.
        price: float64, shape (n_items,).
        popularity: float64, shape (n_items,): demand in a usual week, sums to 1.
        repurchase_days: int64, shape (n_items,): when a regular buys it again; 0 for what is bought once.
        introduced_day: int64, shape (n_items,): negative before the history.
        gone_day: int64, shape (n_items,): the first day without it; NEVER where it stays.
        trending: bool, shape (n_items,): rises in the last four weeks.
        companions: int64, shape (n_items, 2): items that belong to it; -1 where there is none.
        companion_chance: float64, shape (n_items, 2): how often they are bought along with it.
    """

    aisles: tuple[Aisle, ...]
    types: tuple[ProductType, ...]
    item_ids: NDArray[np.str_]
    titles: NDArray[np.str_]
    type_of: NDArray[np.int64]
    aisle_of: NDArray[np.int64]
    style_of: NDArray[np.int64]
    price: NDArray[np.float64]
    popularity: NDArray[np.float64]
    repurchase_days: NDArray[np.int64]
    introduced_day: NDArray[np.int64]
    gone_day: NDArray[np.int64]
    trending: NDArray[np.bool_]
    companions: NDArray[np.int64]
    companion_chance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.item_ids)

    @property
    def fading_from(self) -> NDArray[np.int64]:
        """The day from which each item is sold off, int64, shape (n_items,)."""
        return np.where(self.gone_day < NEVER, self.gone_day - 7 * _FADING_WEEKS, NEVER)


def draw_catalogue(shop: SampleShop, rng: np.random.Generator) -> SampleCatalogue:
    """Draw the products of ``shop``."""
    aisles = AISLES[: int(np.clip(shop.items // _ITEMS_PER_AISLE, 2, len(AISLES)))]
    types = tuple(product_type for aisle in aisles for product_type in aisle.types)
    aisle_of_type = np.repeat(np.arange(len(aisles)), [len(aisle.types) for aisle in aisles])
    type_of = _spread(shop.items, len(types), rng)
    style_of = rng.integers(len(STYLES), size=shop.items)
    titles, sizes = _draw_all_titles(types, type_of, style_of, rng)
    price = _draw_prices(types, type_of, style_of, sizes, rng)
    popularity = _draw_popularity(aisles, aisle_of_type[type_of], price, rng)
    introduced_day, gone_day, trending = _draw_lives(shop, popularity, rng)
    order, item_ids = _number(aisles, aisle_of_type[type_of], introduced_day, rng)
    type_of, style_of, popularity = type_of[order], style_of[order], popularity[order]
    companions, chance = _draw_companions(types, type_of, style_of, (gone_day == NEVER)[order], rng)
    lasts = np.array([product_type.every_days for product_type in types])[type_of]
    return SampleCatalogue(
        aisles=aisles,
        types=types,
        item_ids=item_ids,
        titles=titles[order],
        type_of=type_of,
        aisle_of=aisle_of_type[type_of],
        style_of=style_of,
        price=price[order],
        popularity=popularity,
        repurchase_days=np.rint(lasts * _LASTS_OF_SIZE[sizes[order]]).astype(np.int64),
        introduced_day=introduced_day[order],
        gone_day=gone_day[order],
        trending=trending[order],
        companions=companions,
        companion_chance=chance,
    )


def _spread(n_items: int, n_types: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give every type its fair number of items; where there are fewer items than types, chance decides."""
    types = np.arange(n_items) % n_types
    return np.sort(types) if n_items >= n_types else np.sort(rng.permutation(n_types)[:n_items])


def _draw_all_titles(
    types: tuple[ProductType, ...],
    type_of: NDArray[np.int64],
    style_of: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    titles = np.empty(len(type_of), dtype=object)
    sizes = np.empty(len(type_of), dtype=np.int64)
    for number, product_type in enumerate(types):
        for style in range(len(STYLES)):
            rows = np.flatnonzero((type_of == number) & (style_of == style))
            titles[rows], sizes[rows] = draw_titles(product_type, style, len(rows), rng)
    return titles.astype(np.str_), sizes


def _draw_prices(
    types: tuple[ProductType, ...],
    type_of: NDArray[np.int64],
    style_of: NDArray[np.int64],
    sizes: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw prices, log-normal around the median of the type; they end with .00, .49 or .99 like price tags."""
    median = np.array([product_type.price for product_type in types])[type_of]
    raw = median * _PRICE_OF_SIZE[sizes] * np.array(PRICE_OF_STYLE)[style_of]
    raw *= rng.lognormal(0.0, _PRICE_SIGMA, size=len(raw))
    endings = np.where(
        raw < 10, rng.choice([0.49, 0.99], size=len(raw)), rng.choice([0.0, 0.99], size=len(raw))
    )
    return np.asarray(np.round(np.floor(raw) + endings, 2), dtype=np.float64)


def _draw_popularity(
    aisles: tuple[Aisle, ...],
    aisle_of: NDArray[np.int64],
    price: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw popularity, long-tailed within an aisle; dear items sell less often."""
    weight = rng.lognormal(0.0, _POPULARITY_SIGMA, size=len(price)) * price**-0.35
    in_aisle = np.bincount(aisle_of, weights=weight, minlength=len(aisles))
    weight *= np.array([aisle.share for aisle in aisles])[aisle_of] / in_aisle[aisle_of]
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _draw_lives(
    shop: SampleShop, popularity: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Draw when each item comes, when it goes, and whether it rises at the end."""
    introduced = -rng.integers(1, 1500, size=shop.items)
    gone = np.full(shop.items, NEVER)
    trending = np.zeros(shop.items, dtype=np.bool_)
    weeks = np.arange(1, shop.weeks - _QUIET_WEEKS)
    if len(weeks) < _QUIET_WEEKS:
        return introduced, gone, trending
    shares = (shop.introduced_share, shop.fading_share, shop.trending_share)
    n_new, n_fading, n_trending = (
        int(np.ceil(share * shop.items)) if shop.items >= 20 else 0 for share in shares
    )
    chosen = rng.permutation(shop.items)
    introduced[chosen[:n_new]] = 7 * rng.choice(weeks, size=n_new)
    gone[chosen[n_new : n_new + n_fading]] = 7 * rng.choice(weeks + _QUIET_WEEKS, size=n_fading)
    rest = chosen[n_new + n_fading :]
    # Neither bestsellers, whose rise would swamp the shop, nor shelf-warmers, whose rise nobody would see.
    by_popularity = rest[np.argsort(-popularity[rest], kind="stable")]
    middle = by_popularity[len(rest) // 10 : max(len(rest) // 2, len(rest) // 10 + n_trending)]
    trending[rng.permutation(middle)[:n_trending]] = True
    return introduced, gone, trending


def _number(
    aisles: tuple[Aisle, ...],
    aisle_of: NDArray[np.int64],
    introduced_day: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Give out item ids, within an aisle in the order of introduction; the gaps are products long gone.

    Returns:
        the order of the items by id, and the ids in that order.
    """
    order = np.lexsort((introduced_day, aisle_of))
    low, high = (10_000, 100_000) if len(order) <= 30_000 else (1_000_000, 10_000_000)
    ids: list[str] = []
    for number, count in enumerate(np.bincount(aisle_of, minlength=len(aisles))):
        numbers = np.sort(rng.choice(high - low, size=count, replace=False) + low)
        ids += [f"{aisles[number].prefix}-{one}" for one in numbers]
    by_id = np.argsort(np.array(ids, dtype=np.str_), kind="stable")
    return np.asarray(order[by_id]), np.array(ids, dtype=np.str_)[by_id]


def _draw_companions(
    types: tuple[ProductType, ...],
    type_of: NDArray[np.int64],
    style_of: NDArray[np.int64],
    stays: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find a partner for each item that calls for one: it stays in the shop, and in style if possible."""
    nouns = [product_type.noun for product_type in types]
    companions = np.full((len(type_of), 2), -1)
    for anchor, partners in COMPANIONS:
        if anchor not in nouns:
            continue
        for slot, partner in enumerate(partners):
            candidates = np.flatnonzero((type_of == nouns.index(partner)) & stays)
            for item in np.flatnonzero(type_of == nouns.index(anchor)) if len(candidates) else ():
                alike = candidates[style_of[candidates] == style_of[item]]
                companions[item, slot] = rng.choice(alike if len(alike) else candidates)
    return companions, np.where(companions >= 0, rng.uniform(0.3, 0.55, size=companions.shape), 0.0)
