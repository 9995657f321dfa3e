"""An explanation in words that can be read to a shopper on the phone, in any language that there is."""

from collections.abc import Mapping

from recsvc.ranking.explain.because import SELLING, because
from recsvc.ranking.explain.explanation import Explanation, Obstacle
from recsvc.ranking.explain.languages.language import Chance, Point
from recsvc.ranking.explain.points import points
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import ReasonType, Strategy

LIKELY, POSSIBLE = 0.5, 0.15
"""From these probabilities on, what is due is called likely, or possible."""

_UNMOVED = {ReasonType.PINNED, ReasonType.NEW, *SELLING}
"""Reasons beside which nothing else is why the item is there."""

_SAID: Mapping[ReasonType, Point] = {
    ReasonType.YOUR_TASTE: Point.TASTE,
    ReasonType.YOU_BUY_THIS_REGULARLY: Point.OWN,
    ReasonType.YOU_BOUGHT_THIS: Point.OWN,
}
"""What a reason says already."""

_BY_THE_LIST = {Obstacle.RANK, Obstacle.NOT_A_CANDIDATE, Obstacle.NEVER_BOUGHT}
"""Obstacles that have to do with whom the list is for."""


def sentence(told: Told) -> str:
    """Return one or two sentences that say why the item is where it is."""
    first = _shown(told) if told.explanation.kept_out_by is None else _kept_out(told)
    return f"{first} {_second(told)}".rstrip()


def _shown(told: Told) -> str:
    explanation, language = told.explanation, told.language
    fields = {"item": told.quoted(told.item_id), "rank": explanation.rank, "where": told.where}
    why = "" if explanation.reason is None else because(told, explanation.reason)
    return language.shown_because.format(why=why, **fields) if why else language.shown.format(**fields)


def _kept_out(told: Told) -> str:
    explanation, language = told.explanation, told.language
    fields = {"item": told.quoted(told.item_id), "where": told.where}
    obstacle = explanation.kept_out_by
    if obstacle is not None and obstacle.what is not Obstacle.RANK:
        return language.kept_out.format(why=language.obstacles[obstacle.what], **fields)
    rank, n, n_shown = explanation.candidate_rank or 1, explanation.n_candidates, explanation.n_shown
    fields |= {
        "rank": language.number(rank),
        "among": language.form(language.among, n).format(n=language.number(n)),
    }
    if rank <= n_shown:
        return language.crowded_out.format(**fields)
    only = language.form(language.only_shown, n_shown).format(n=language.number(n_shown))
    return language.ranked_too_low.format(only=only if n_shown else language.none_shown, **fields)


def _second(told: Told) -> str:
    """Return who the shopper is taken for, else what decided the place; "" where neither says more."""
    explanation, language = told.explanation, told.language
    obstacle = explanation.kept_out_by
    if obstacle is not None and obstacle.what not in _BY_THE_LIST:
        return ""
    if told.standing in language.standings:
        return language.standings[told.standing]
    if explanation.due_within_week is not None:
        return language.chances[_chance(explanation.due_within_week)]
    found = _decisive(explanation)
    if not found:
        return ""
    words, template = language.points, language.speaks_for
    if obstacle is not None:
        words, template = language.counterpoints, language.speaks_against
    return template.format(points=language.joined([words[point] for point in found]))


def _decisive(explanation: Explanation) -> list[Point]:
    """Return what speaks for an item that is shown beside its reason, or against one that is ranked too low."""
    obstacle, reason, judgement = explanation.kept_out_by, explanation.reason, explanation.judgement
    if judgement is None or explanation.strategy is Strategy.TRENDING:
        return []
    if obstacle is not None:
        is_ranked = obstacle.what is Obstacle.RANK
        return points(judgement, explanation.sources, speaking_for=False) if is_ranked else []
    if reason is None or reason.type in _UNMOVED:
        return []
    said = _SAID.get(reason.type)
    found = points(judgement, explanation.sources, speaking_for=True)
    return [point for point in found if point is not said]


def _chance(probability: float) -> Chance:
    if probability >= LIKELY:
        return Chance.LIKELY
    return Chance.POSSIBLE if probability >= POSSIBLE else Chance.NOT_SOON
