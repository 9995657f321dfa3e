from dataclasses import replace

import pytest

from recsvc.ranking.explain.explanation import Explanation, FeatureView, Judgement, KeptOut, Obstacle
from recsvc.ranking.explain.sentence import Standing, Told, sentence, strongest
from recsvc.ranking.features import feature_phrases
from recsvc.ranking.placements import BY_NAME
from recsvc.ranking.query import Placement, Reason, ReasonType, Strategy

TITLES = {"cake": "Cake", "tea": "Green tea", "milk": "Milk"}
BOUGHT = Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk"))
SHOWN = Explanation(
    Strategy.PERSONALIZED, 10, 412, "your recommendations", rank=2, candidate_rank=2, reason=BOUGHT
)


def said(
    explanation: Explanation, placement: Placement = Placement.FOR_YOU, standing: Standing = Standing.KNOWN
) -> str:
    told = replace(explanation, list_words=BY_NAME[placement].words)
    return sentence(Told(told, "cake", standing, TITLES))


def judged(**contributions: float) -> Judgement:
    views = (
        FeatureView(name, 1.0, contributions.get(name, 0.0), phrase)
        for name, phrase in feature_phrases().items()
    )
    return Judgement(0.0, 0.0, tuple(views))


def kept_out(what: Obstacle) -> Explanation:
    return replace(SHOWN, rank=None, reason=None, candidate_rank=57, kept_out_by=KeptOut(what, ""))


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        (BOUGHT, "you bought “Green tea” and “Milk”"),
        (
            Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk", "jam")),
            "you bought “Green tea”, “Milk” and “jam”",
        ),
        (
            Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=14, last_days_ago=1),
            "you buy it about every 14 days, the last time 1 day ago",
        ),
        (
            Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=1, last_days_ago=0),
            "you buy it about every day, the last time lately",
        ),
        (Reason(ReasonType.YOU_BUY_THIS_REGULARLY), "you buy it regularly"),
        (Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=20), "you bought it 20 days ago"),
        (Reason(ReasonType.YOU_BOUGHT_THIS), "you bought it before"),
        (Reason(ReasonType.SIMILAR_TO_ITEM, ("tea",)), "it is like “Green tea”"),
        (Reason(ReasonType.ALSO_BOUGHT, ("tea",)), "customers who chose “Green tea” chose it too"),
        (
            Reason(ReasonType.BOUGHT_WITH_YOUR_CART, ("milk",)),
            "it is often bought together with “Milk”",
        ),
        (Reason(ReasonType.TRENDING), "more and more customers buy it"),
        (Reason(ReasonType.POPULAR), "many customers buy it"),
        (Reason(ReasonType.NEW), "it is new and comes near to what you like"),
        (Reason(ReasonType.PINNED), "we chose that place for it"),
    ],
)
def test_what_is_shown_has_its_place_and_its_reason(reason: Reason, because: str) -> None:
    told = said(replace(SHOWN, reason=reason))
    assert told == f"“Cake” is number 2 in your recommendations, because {because}."


@pytest.mark.parametrize(
    ("what", "because"),
    [
        (Obstacle.OUT_OF_STOCK, "it is out of stock"),
        (Obstacle.DISLIKED, "you told us that you do not like it"),
        (Obstacle.ALREADY_BOUGHT, "you bought it before, and that list holds only what is new to you"),
        (Obstacle.UNKNOWN_ITEM, "we do not know yet who buys it"),
    ],
)
def test_what_is_kept_out_says_by_what(what: Obstacle, because: str) -> None:
    told = said(kept_out(what), Placement.DISCOVER)
    assert told == f"“Cake” is not in your suggestions of something new, because {because}."


@pytest.mark.parametrize("what", Obstacle)
@pytest.mark.parametrize("placement", Placement)
def test_there_are_words_for_each_obstacle_in_each_list(what: Obstacle, placement: Placement) -> None:
    assert said(kept_out(what), placement).startswith("“Cake” is not in ")


def test_what_is_ranked_too_low_says_where() -> None:
    told = said(kept_out(Obstacle.RANK), Placement.TRENDING)
    assert told == (
        "“Cake” is not in the list of what is popular now: it is number 57 of 412 products that came into "
        "question, and only 10 are shown."
    )


def test_what_speaks_for_a_pinned_item_is_not_why_it_is_there() -> None:
    pinned = replace(SHOWN, reason=Reason(ReasonType.PINNED), judgement=judged(als=5))
    assert said(pinned).endswith("because we chose that place for it.")


def test_what_decided_is_named_group_by_group() -> None:
    judgement = judged(
        als=0.2, forward_all=0.2, item_neighbours=0.3, month_sales=0.01, own_orders=-1.0, user_orders=9.0
    )
    assert said(replace(SHOWN, judgement=judgement)).endswith(
        " What speaks for it most: how well it fits your taste and how often it is bought with what you buy."
    )
    assert said(replace(kept_out(Obstacle.RANK), judgement=judgement)).endswith(
        " are shown. What speaks against it most: how often, how lately and how much of it you bought."
    )


def test_at_most_three_groups_are_named() -> None:
    judgement = judged(als=5, item_neighbours=4, month_sales=3, category=2)
    assert len(strongest(judgement.features, speaking_for=True)) == 3
    assert strongest(judgement.features, speaking_for=False) == []


@pytest.mark.parametrize(("chance", "words"), [(0.314, "31%"), (0.004, "less than 1%")])
def test_what_is_due_says_how_likely_it_is(chance: float, words: str) -> None:
    told = said(replace(SHOWN, due_within_week=chance), Placement.BUY_AGAIN)
    assert told.endswith(f" The chance that you want it again within a week is {words}.")


@pytest.mark.parametrize(
    ("standing", "second"),
    [
        (
            Standing.UNKNOWN,
            "We know of nothing that you bought or looked at, so you see what any new customer sees.",
        ),
        (
            Standing.ERASED,
            "Your data was erased when you asked for that, so you see what any new customer sees.",
        ),
        (Standing.GUEST, "We do not know who you are, so you see what any new customer sees."),
    ],
)
def test_who_is_not_known_is_told_so(standing: Standing, second: str) -> None:
    told = said(replace(SHOWN, reason=Reason(ReasonType.TRENDING)), standing=standing)
    first = "“Cake” is number 2 in your recommendations, because more and more customers buy it."
    assert told == f"{first} {second}"


@pytest.mark.parametrize("kind", list(ReasonType))
def test_every_reason_has_words(kind: ReasonType) -> None:
    assert "number 2 in your recommendations" in said(replace(SHOWN, reason=Reason(kind, ("tea",))))
