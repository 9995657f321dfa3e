"""What speaks for an item or against it: contributions of features, as far as they are true when read out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from recsvc.ranking.explain.explanation import Judgement, SourceView
from recsvc.ranking.explain.languages.language import Point
from recsvc.ranking.explain.topics import Topic

MOST = 3
"""A sentence names at most so many things."""

LEAST_SHARE = 0.2
"""A sentence does not name what adds less than this part of what adds most."""

NOTABLE_DIFFERENCE = 0.1
"""A price is called higher or lower from this difference of logarithms on, about a tenth."""

FEW = 0.25
"""Below this part of its buyers, few buy an item again."""

HALF = 0.5
"""Who buys at least this part in one category buys no more of others."""


@dataclass(frozen=True)
class _Known:
    """What is known of an item and a shopper, as far as it decides what can be said.

    Attributes:
        values: of features, by their name.
        best: the largest value of the features of each topic, 0 at least.
        ahead: topics by which no other item is ahead, or nothing is known of others.
        repeats: as in ``Judgement``.
        speaking_for: whether it is asked for what speaks for the item.
    """

    values: Mapping[str, float]
    best: Mapping[Topic, float]
    ahead: frozenset[Topic]
    repeats: bool
    speaking_for: bool

    @classmethod
    def of(cls, judgement: Judgement, sources: Iterable[SourceView], *, speaking_for: bool) -> "_Known":
        best: dict[Topic, float] = {}
        for view in judgement.features:
            best[view.topic] = max(best.get(view.topic, 0.0), view.value or 0.0)
        values = {view.name: view.value for view in judgement.features if view.value is not None}
        return cls(values, best, _ahead(judgement, sources), judgement.repeats, speaking_for)

    def value(self, name: str) -> float:
        """Return the value of a feature; 0 where it is not known."""
        return self.values.get(name, 0.0)

    @property
    def has_bought(self) -> bool:
        """Whether the shopper bought anything."""
        return self.value("user_orders") > 0

    def is_so(self, topic: Topic) -> bool:
        """Return whether there is anything of the topic; of what speaks against the item, whether others have more."""
        return self.best[topic] > 0 if self.speaking_for else topic not in self.ahead


def _ahead(judgement: Judgement, sources: Iterable[SourceView]) -> frozenset[Topic]:
    """Return the topics of which a source puts the item first, or none puts another before it."""
    topics = {view.name: view.topic for view in judgement.features}
    seen = [(topics[view.source], view) for view in sources if view.source in topics]
    first = {topic for topic, view in seen if view.rank == 1}
    behind = {topic for topic, view in seen if view.n_scored and view.rank != 1}
    return frozenset(Topic) - (behind - first)


def points(judgement: Judgement, sources: Iterable[SourceView], *, speaking_for: bool) -> list[Point]:
    """Return what adds most to the score of an item, or takes most from it, strongest first.

    Nothing that is not so of this item and this shopper is among it.
    """
    known = _Known.of(judgement, sources, speaking_for=speaking_for)
    sums: dict[Point, float] = {}
    for view in judgement.features:
        point = None if view.value is None else _POINTS[view.topic](known)
        if point is not None:
            added = view.contribution if speaking_for else -view.contribution
            sums[point] = sums.get(point, 0.0) + added
    ordered = sorted(sums, key=lambda point: -sums[point])[:MOST]
    return [point for point in ordered if sums[point] > LEAST_SHARE * max(sums[ordered[0]], 0.0)]


def _of_company(known: _Known) -> Point | None:
    if not known.is_so(Topic.COMPANY):
        return None
    return Point.COMPANY if known.has_bought else Point.INTERESTS


def _of_category(known: _Known) -> Point | None:
    if not known.has_bought:
        return None
    if max(known.value("category_narrow"), known.value("category_broad")) > 0:
        is_main = known.value("category_narrow") >= HALF
        return Point.KIND if known.speaking_for or not is_main else None
    has_category = known.value("category_item_share") > 0
    return Point.OTHER_KIND if has_category and not known.speaking_for else None


def _of_own(known: _Known) -> Point | None:
    if known.value("own_orders") > 0:
        return Point.OWN
    return Point.UNTRIED if known.repeats and not known.speaking_for else None


def _of_price(known: _Known) -> Point | None:
    if "item_log_price" not in known.values:
        return None
    difference = known.value("price_difference") if known.has_bought else 0.0
    if known.speaking_for and difference < -NOTABLE_DIFFERENCE:
        return Point.CHEAPER
    if not known.speaking_for and difference > NOTABLE_DIFFERENCE:
        return Point.DEARER
    return Point.PRICE


def _of_loyalty(known: _Known) -> Point | None:
    share = known.value("item_repeat_share")
    is_so = share > 0 if known.speaking_for else share < FEW
    return Point.LOYALTY if is_so else None


_POINTS: Mapping[Topic, Callable[[_Known], Point | None]] = {
    Topic.TASTE: lambda known: Point.TASTE if known.is_so(Topic.TASTE) else None,
    Topic.COMPANY: _of_company,
    Topic.CATEGORY: _of_category,
    Topic.OWN: _of_own,
    Topic.SALES: lambda known: Point.SALES if known.is_so(Topic.SALES) else None,
    Topic.PRICE: _of_price,
    Topic.QUANTITY: lambda _: Point.QUANTITY,
    Topic.LOYALTY: _of_loyalty,
    Topic.UNSAID: lambda _: None,
}
