"""What a language has to say: all words of the sentences that explain a list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.query import Placement, ReasonType

Forms = tuple[str, ...]
"""The same words for one thing, for several, …: as many forms as the language has; ``Language.plural`` chooses."""


class Point(StrEnum):
    """What speaks for an item, or against it, as a shopper hears it."""

    TASTE = "taste"
    COMPANY = "company"
    INTERESTS = "interests"
    KIND = "kind"
    OTHER_KIND = "other_kind"
    OWN = "own"
    UNTRIED = "untried"
    SALES = "sales"
    PRICE = "price"
    DEARER = "dearer"
    CHEAPER = "cheaper"
    QUANTITY = "quantity"
    LOYALTY = "loyalty"


POINTS = frozenset(Point) - {Point.OTHER_KIND, Point.UNTRIED, Point.DEARER}
"""What may speak for an item."""

COUNTERPOINTS = frozenset(Point) - {Point.CHEAPER}
"""What may speak against it."""


class Chance(StrEnum):
    """How likely a shopper is to want an item again within a week."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    NOT_SOON = "not_soon"


class Unit(StrEnum):
    """In what a span of time is told."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Reading(StrEnum):
    """How a reason is read where the words for its type would not be true, or would say less."""

    REGULARLY_EVERY = "regularly_every"
    BOUGHT_AGO = "bought_ago"
    INTEREST = "interest"
    INTEREST_IN_IT = "interest_in_it"
    SOLD = "sold"


def one_or_several(n: int) -> int:
    """Return which of two forms goes with ``n``: the first with 1 alone."""
    return 0 if n == 1 else 1


@dataclass(frozen=True)
class Language:
    """The words of one language; texts have fields in braces, as of ``str.format``.

    Titles and numbers are put in as they are: the words around them have to be such that nothing is inflected.

    Attributes:
        tag: of the language, as in BCP 47, without a region.
        name: what the language calls itself.
        quoted: a title, with the quotes of the language; ``{title}``.
        between: between the parts of a list, but the last two.
        last: between the last two parts of a list.
        thousands: between groups of three digits.
        plural: which of several ``Forms`` goes with a number.
        lists: the list of each placement, as it follows ``{item} is number 2``: with "in", or in such a case.
        other_list: a list of another placement.
        shown: ``{item}``, ``{rank}``, ``{where}``: the last is one of ``lists``.
        shown_because: the same; ``{why}`` is one of ``reasons`` or ``readings``.
        reasons: what follows "because"; ``{items}`` are the titles, and the number of them chooses the form.
        readings: the same, of what a type alone does not say; ``{every}``, ``{ago}``, ``{items}``.
        room_left: what follows "because" of what fills a list; ``{why}``.
        kept_out: ``{item}``, ``{where}``, ``{why}``: the last is one of ``obstacles``.
        obstacles: what follows "because" for each obstacle but ``RANK``.
        ranked_too_low: ``{item}``, ``{where}``, ``{rank}``, ``{among}``, ``{only}``: the last is ``only_shown``.
        among: how many products came into question; ``{n}``.
        only_shown: how many are shown; ``{n}``.
        none_shown: the same for none.
        crowded_out: ``{item}``, ``{where}``, ``{rank}``, ``{among}``: of what others took the place.
        speaks_for: the same of what speaks for an item beside the reason; ``{points}``.
        speaks_against: ``{points}``.
        points: what may speak for an item; nouns, or what can stand for one: a list of them follows a colon.
        counterpoints: the same of what may speak against it.
        standings: sentences for those of whom nothing is known.
        chances: sentences.
        lately: of what was bought less than a day ago.
        ago: how long ago; ``{n}``.
        every: how often; ``{n}``.
    """

    tag: str
    name: str
    quoted: str
    between: str
    last: str
    thousands: str
    lists: Mapping[Placement, str]
    other_list: str
    shown: str
    shown_because: str
    reasons: Mapping[ReasonType, Forms]
    readings: Mapping[Reading, Forms]
    room_left: str
    kept_out: str
    obstacles: Mapping[Obstacle, str]
    ranked_too_low: str
    among: Forms
    only_shown: Forms
    none_shown: str
    crowded_out: str
    speaks_for: str
    speaks_against: str
    points: Mapping[Point, str]
    counterpoints: Mapping[Point, str]
    standings: Mapping[Standing, str]
    chances: Mapping[Chance, str]
    lately: str
    ago: Mapping[Unit, Forms]
    every: Mapping[Unit, Forms]
    plural: Callable[[int], int] = one_or_several

    def joined(self, parts: list[str]) -> str:
        """Return ``parts``, of which there is at least one, as a list."""
        *most, last = parts
        return f"{self.between.join(most)}{self.last}{last}" if most else last

    def number(self, n: int) -> str:
        """Return a number as it is written."""
        return f"{n:,}".replace(",", self.thousands)

    def form(self, forms: Forms, n: int) -> str:
        """Return the form that goes with ``n``; of a single form, that."""
        return forms[self.plural(n)] if len(forms) > 1 else forms[0]
