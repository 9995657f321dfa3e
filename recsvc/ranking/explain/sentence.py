"""An explanation in words that can be read to a shopper on the phone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recsvc.ranking.explain.explanation import Explanation, FeatureView, Obstacle
from recsvc.ranking.query import Reason, ReasonType, Strategy

MOST = 3
"""A sentence names at most so many things."""

LEAST_SHARE = 0.2
"""A sentence does not name what adds less than this part of what adds most."""


def strongest(features: Iterable[FeatureView], *, speaking_for: bool) -> list[str]:
    """Return what adds most to a score, or takes most from it, strongest first."""
    sums: dict[str, float] = {}
    for view in features:
        added = view.contribution if speaking_for else -view.contribution
        sums[view.phrase] = sums.get(view.phrase, 0.0) + added
    sums.pop("", None)
    ordered = sorted(sums, key=lambda phrase: -sums[phrase])[:MOST]
    return [phrase for phrase in ordered if sums[phrase] > LEAST_SHARE * max(sums[ordered[0]], 0.0)]


MAX_TITLES = 3


class Standing(StrEnum):
    """What is known of the shopper whom a list is for."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    ERASED = "erased"
    GUEST = "guest"
    ANYBODY = "anybody"


_OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.UNKNOWN_ITEM: "we do not know yet who buys it",
    Obstacle.CONTEXT: "you are looking at it already",
    Obstacle.EXCLUDED: "the page asked for a list without it",
    Obstacle.DISLIKED: "you told us that you do not like it",
    Obstacle.WITHDRAWN: "we no longer sell it",
    Obstacle.OUT_OF_STOCK: "it is out of stock",
    Obstacle.NOT_YET_AVAILABLE: "it is not on sale yet",
    Obstacle.NO_LONGER_AVAILABLE: "it is no longer on sale",
    Obstacle.FILTER: "that list is limited to other products",
    Obstacle.RECENTLY_BOUGHT: "you bought it only recently",
    Obstacle.ALREADY_BOUGHT: "you bought it before, and that list holds only what is new to you",
    Obstacle.NEVER_BOUGHT: "that list holds only what you bought before",
    Obstacle.NOT_A_CANDIDATE: "by all that we know, other products fit better",
    Obstacle.VARIANT_BOUGHT: "the shopper bought another variant of it",
    Obstacle.VARIANT: "another variant of the product is there, or is what that list starts from",
    Obstacle.CAP: "that list has enough products of its kind already",
    Obstacle.ROTATION: "you have seen it often there without looking at it",
    Obstacle.DIVERSITY: "it made room for products of other kinds",
}

_STANDINGS: Mapping[Standing, str] = {
    Standing.UNKNOWN: "We know of nothing that you bought or looked at, so you see what any new customer sees.",
    Standing.ERASED: "Your data was erased when you asked for that, so you see what any new customer sees.",
    Standing.GUEST: "We do not know who you are, so you see what any new customer sees.",
}


@dataclass(frozen=True)
class Told:
    """What is told of which item in which list, and to whom; ``titles`` by id, as far as they are known."""

    explanation: Explanation
    item_id: str
    standing: Standing
    titles: Mapping[str, str]

    def quoted(self, item_id: str) -> str:
        """Return an item as it is spoken of."""
        return f"“{self.titles.get(item_id, item_id)}”"


def sentence(told: Told) -> str:
    """Return one or two sentences that say why the item is where it is."""
    first = _shown(told) if told.explanation.kept_out_by is None else _kept_out(told)
    return f"{first} {_second(told)}".rstrip()


def _shown(told: Told) -> str:
    explanation, reason = told.explanation, told.explanation.reason
    because = _REASONS[reason.type](told, reason) if reason else ""
    place = f"{told.quoted(told.item_id)} is number {explanation.rank} in {explanation.list_words}"
    return f"{place}{because}."


def _kept_out(told: Told) -> str:
    explanation, obstacle = told.explanation, told.explanation.kept_out_by
    start = f"{told.quoted(told.item_id)} is not in {explanation.list_words}"
    if obstacle is None or obstacle.what is Obstacle.RANK:
        place = f"number {explanation.candidate_rank} of {explanation.n_candidates} products that came into question"
        return f"{start}: it is {place}, and only {explanation.n_shown} are shown."
    return f"{start}, because {_OBSTACLES[obstacle.what]}."


def _second(told: Told) -> str:
    """Return who the shopper is taken for, else what decided the place."""
    explanation = told.explanation
    if told.standing in _STANDINGS:
        return _STANDINGS[told.standing]
    if explanation.due_within_week is not None:
        chance = explanation.due_within_week
        words = "less than 1%" if chance < 0.01 else f"{chance:.0%}"
        return f"The chance that you want it again within a week is {words}."
    if explanation.judgement is None or explanation.strategy is Strategy.TRENDING:
        return ""
    if explanation.reason is not None and explanation.reason.type is ReasonType.PINNED:
        return ""  # whatever speaks for it, that is not why it is there
    features, obstacle = explanation.judgement.features, explanation.kept_out_by
    if obstacle is None:
        speaks = strongest(features, speaking_for=True)
        return f"What speaks for it most: {_joined(speaks)}." if speaks else ""
    speaks = strongest(features, speaking_for=False) if obstacle.what is Obstacle.RANK else []
    return f"What speaks against it most: {_joined(speaks)}." if speaks else ""


def _because_you_bought(told: Told, reason: Reason) -> str:
    return f", because you bought {_named(told, reason)}"


def _regularly(_told: Told, reason: Reason) -> str:
    if reason.every_days is None:
        return ", because you buy it regularly"
    every = "day" if reason.every_days == 1 else f"{reason.every_days} days"
    return f", because you buy it about every {every}, the last time {_ago(reason)}"


def _bought(_told: Told, reason: Reason) -> str:
    when = "before" if reason.last_days_ago is None else _ago(reason)
    return f", because you bought it {when}"


def _similar(told: Told, reason: Reason) -> str:
    return f", because it is like {_named(told, reason)}"


def _also_bought(told: Told, reason: Reason) -> str:
    return f", because customers who chose {_named(told, reason)} chose it too"


def _with_cart(told: Told, reason: Reason) -> str:
    return f", because it is often bought together with {_named(told, reason)}"


_REASONS: Mapping[ReasonType, Callable[[Told, Reason], str]] = {
    ReasonType.BECAUSE_YOU_BOUGHT: _because_you_bought,
    ReasonType.YOUR_TASTE: lambda _told, _reason: ", because it goes with all that you buy",
    ReasonType.YOU_BUY_THIS_REGULARLY: _regularly,
    ReasonType.YOU_BOUGHT_THIS: _bought,
    ReasonType.SIMILAR_TO_ITEM: _similar,
    ReasonType.ALSO_BOUGHT: _also_bought,
    ReasonType.BOUGHT_WITH_YOUR_CART: _with_cart,
    ReasonType.TRENDING: lambda _told, _reason: ", because more and more customers buy it",
    ReasonType.POPULAR: lambda _told, _reason: ", because many customers buy it",
    ReasonType.NEW: lambda _told, _reason: ", because it is new and comes near to what you like",
    ReasonType.PINNED: lambda _told, _reason: ", because we chose that place for it",
}


def _named(told: Told, reason: Reason) -> str:
    return _joined(told.quoted(item_id) for item_id in reason.item_ids[:MAX_TITLES])


def _ago(reason: Reason) -> str:
    days = reason.last_days_ago or 0
    return "lately" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"


def _joined(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
