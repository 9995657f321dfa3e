"""Everything that can be said in a language, and what has to be so of it."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

from recsvc.ranking.explain.explanation import (
    Explanation,
    FeatureView,
    Judgement,
    KeptOut,
    Obstacle,
    Purchase,
    SourceView,
    Standing,
)
from recsvc.ranking.explain.languages.en import ENGLISH
from recsvc.ranking.explain.languages.language import COUNTERPOINTS, POINTS, Chance, Language, Reading, Unit
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import Told
from recsvc.ranking.features import feature_topics
from recsvc.ranking.query import Placement, Reason, ReasonType, Strategy
from recsvc.ranking.sources.all import SOURCES

SHOWN = Explanation(
    Strategy.PERSONALIZED,
    10,
    4120,
    Placement.FOR_YOU,
    rank=2,
    candidate_rank=2,
    sources=(SourceView("month_sales", 90.0, 1, 100, proposed=True),),
)
BEHIND = tuple(SourceView(source.name, 1.0, 2, 9, proposed=True) for source in SOURCES)
SELDOM = SourceView("month_sales", 1.0, 90, 100, proposed=True)

KEYS: dict[str, set[Any]] = {
    "lists": set(Placement),
    "reasons": set(ReasonType),
    "readings": set(Reading),
    "obstacles": set(Obstacle) - {Obstacle.RANK},
    "points": set(POINTS),
    "counterpoints": set(COUNTERPOINTS),
    "standings": {Standing.UNKNOWN, Standing.ERASED, Standing.GUEST},
    "chances": set(Chance),
    "ago": set(Unit),
    "every": set(Unit),
}

ENGLISH_WORDS = {
    *("the", "that", "it", "is", "you", "your", "of", "and", "because", "bought", "buy", "not", "with"),
    *("we", "how", "number", "list", "products", "customers", "week", "days", "ago", "every", "only"),
    *("are", "what", "to"),
}


def judged(name: str, contribution: float, **values: float) -> Judgement:
    """Return a judgement to which one feature matters; all have the value 1 but for ``values``."""
    views = (
        FeatureView(each, values.get(each, 1.0), contribution if each == name else 0.0, topic)
        for each, topic in feature_topics().items()
    )
    return Judgement(0.0, 0.0, tuple(views))


def kept_out(what: Obstacle) -> Explanation:
    return replace(SHOWN, rank=None, candidate_rank=57, kept_out_by=KeptOut(what, ""))


def reasons() -> Iterator[Reason]:
    items: tuple[tuple[str, ...], ...] = ((), ("tea",), ("tea", "milk", "jam"), ("cake",))
    for kind, named in product(ReasonType, items):
        yield Reason(kind, named)
    for days in (0, 1, 5, 13, 20, 100, 365, 900):
        yield Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=days)
        yield Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=max(days, 1), last_days_ago=days)


def explanations() -> Iterator[Explanation]:
    """Yield all that makes a difference, but for who is told."""
    for reason, place in product(reasons(), (2, None)):
        yield replace(SHOWN, reason=reason, candidate_rank=place)
    interest = tuple(Purchase(item_id, 0.3, 0) for item_id in ("tea", "milk", "cake"))
    for named in (("tea",), ("tea", "milk"), ("cake",)):
        yield replace(SHOWN, reason=Reason(ReasonType.SIMILAR_TO_ITEM, named), because_of=interest)
    for placement, what in product((*Placement, "other"), Obstacle):
        yield replace(kept_out(what), placement=placement)  # type: ignore[arg-type]
        yield replace(SHOWN, placement=placement, reason=Reason(ReasonType.POPULAR), sources=(SELDOM,))  # type: ignore[arg-type]
    for n_shown, n in product((0, 1, 10, 60), (1, 2, 4120)):
        yield replace(kept_out(Obstacle.RANK), n_shown=n_shown, n_candidates=n)
    for chance in (0.9, 0.3, 0.001):
        yield replace(SHOWN, reason=Reason(ReasonType.YOU_BOUGHT_THIS), due_within_week=chance)
    bought = Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea",))
    taste, categories = Reason(ReasonType.YOUR_TASTE), {"category_narrow": 0.0, "category_broad": 0.0}
    cases = ({}, {"user_orders": 0.0}, {"own_orders": 0.0}, {"price_difference": -1.0}, categories)
    for name, values in product(feature_topics(), cases):
        yield replace(SHOWN, reason=taste, judgement=judged(name, 1.0, **values))
        yield replace(SHOWN, reason=bought, judgement=judged(name, 1.0, **values))
        against = judged(name, -1.0, **{"category_narrow": 0.1, "item_repeat_share": 0.1, **values})
        yield replace(kept_out(Obstacle.RANK), sources=BEHIND, judgement=against)


def everything(language: Language) -> set[str]:
    """Return all sentences of a language."""
    titles = {"cake": "Cake", "tea": "Tea", "milk": "Milk", "jam": "Jam"}
    return {
        sentence(Told(explanation, "cake", standing, titles, language))
        for explanation, standing in product(explanations(), Standing)
    }


def parts(value: object) -> list[str]:
    """Return the texts of a field of a language."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in parts(each)]
    return list(value) if isinstance(value, tuple) else [str(value)]


def check_words(language: Language) -> None:
    """Fail where a language lacks the words for something, or has words for nothing."""
    for name, keys in KEYS.items():
        assert set(getattr(language, name)) == keys, name
    for field in fields(language):
        if field.name != "plural":
            assert all(
                text.strip() or field.name == "thousands" for text in parts(getattr(language, field.name))
            )


def check_fields(language: Language) -> None:
    """Fail where a text has other fields than that of English."""
    for name in ("shown", "shown_because", "kept_out", "ranked_too_low", "crowded_out", "room_left"):
        assert _fields(getattr(language, name)) == _fields(getattr(ENGLISH, name)), name
    for name in ("reasons", "readings"):
        for key, forms in getattr(language, name).items():
            assert {_fields(form) for form in forms} == {_fields(getattr(ENGLISH, name)[key][0])}, key


def _fields(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"{(\w+)}", text))


def check_sentences(language: Language) -> None:
    """Fail where something is told in no whole sentence, with fields that are left, or in English."""
    told = everything(language)
    assert len(told) > 300
    for one in told:
        assert not set("{}%<>") & set(one), one
        assert not re.search(r"  | [,.:]|\.\.|[,:] *[.,]", one), one
        assert one.startswith(language.quoted.format(title="Cake")), one
        assert one.endswith("."), one
        if language is not ENGLISH:
            assert not ENGLISH_WORDS & set(re.findall(r"\w+", one.lower())), one


def check_use(language: Language) -> None:
    """Fail where a text is never told."""
    told = " ".join(everything(language))
    for field in fields(language):
        if field.name not in ("tag", "name", "plural", "thousands", "quoted"):
            for text in parts(getattr(language, field.name)):
                # One week, month or year is told in smaller units.
                is_unused = field.name in ("ago", "every") and text in _ones(getattr(language, field.name))
                pieces = re.split(r"{\w+}", text)
                assert is_unused or all(piece in told for piece in pieces), text


def _ones(forms: dict[Unit, tuple[str, ...]]) -> set[str]:
    return {forms[unit][0] for unit in (Unit.WEEK, Unit.MONTH, Unit.YEAR) if len(forms[unit]) > 1}
