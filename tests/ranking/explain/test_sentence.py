from dataclasses import replace

import pytest

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
from recsvc.ranking.explain.languages.fi import FINNISH
from recsvc.ranking.explain.languages.language import Language
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import MAX_TITLE_LENGTH, Told
from recsvc.ranking.features import feature_topics
from recsvc.ranking.query import Placement, Reason, ReasonType, Strategy

TITLES = {"cake": "Cake", "tea": "Green tea", "milk": "Milk"}
BOUGHT = Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk"))
BESTSELLER = SourceView("month_sales", 90.0, 1, 100, proposed=True)
SHOWN = Explanation(
    Strategy.PERSONALIZED,
    10,
    412,
    Placement.FOR_YOU,
    rank=2,
    candidate_rank=2,
    reason=BOUGHT,
    sources=(BESTSELLER,),
)


def said(
    explanation: Explanation, standing: Standing = Standing.KNOWN, language: Language = ENGLISH, **titles: str
) -> str:
    return sentence(Told(explanation, "cake", standing, TITLES | titles, language))


def judged(
    *, repeats: bool = True, values: dict[str, float] | None = None, **contributions: float
) -> Judgement:
    """Return the judgement of an item that a shopper of five orders never bought, unless ``values`` say more."""
    known = dict.fromkeys(feature_topics(), 1.0) | {"own_orders": 0.0, "user_orders": 5.0} | (values or {})
    views = (
        FeatureView(name, known[name], contributions.get(name, 0.0), topic)
        for name, topic in feature_topics().items()
    )
    return Judgement(0.0, 0.0, tuple(views), repeats)


def kept_out(what: Obstacle, placement: Placement = Placement.FOR_YOU) -> Explanation:
    kept = KeptOut(what, "")
    return replace(SHOWN, placement=placement, rank=None, reason=None, candidate_rank=57, kept_out_by=kept)


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        (BOUGHT, "you bought “Green tea” and “Milk”"),
        (
            Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk", "jam")),
            "you bought “Green tea”, “Milk” and “jam”",
        ),
        (Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("cake",)), "you bought it before"),
        (Reason(ReasonType.YOUR_TASTE), "it fits your taste"),
        (
            Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=10, last_days_ago=1),
            "you buy it about every 10 days, the last time 1 day ago",
        ),
        (
            Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=1, last_days_ago=0),
            "you buy it about every day, the last time very recently",
        ),
        (
            Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=30, last_days_ago=371),
            "you buy it about every 4 weeks, the last time about 12 months ago",
        ),
        (Reason(ReasonType.YOU_BUY_THIS_REGULARLY), "you buy it regularly"),
        (Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=5), "you bought it 5 days ago"),
        (Reason(ReasonType.YOU_BOUGHT_THIS), "you bought it before"),
        (Reason(ReasonType.SIMILAR_TO_ITEM, ("tea",)), "it is like “Green tea”"),
        (Reason(ReasonType.ALSO_BOUGHT, ("tea",)), "customers who chose “Green tea” chose it too"),
        (
            Reason(ReasonType.BOUGHT_WITH_YOUR_CART, ("milk",)),
            "it is often bought together with “Milk”",
        ),
        (Reason(ReasonType.TRENDING), "more and more customers buy it"),
        (Reason(ReasonType.POPULAR), "many customers buy it"),
        (Reason(ReasonType.NEW), "it is new here and may suit you"),
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
    told = said(kept_out(what, Placement.DISCOVER))
    assert told == f"“Cake” is not in your suggestions of something new, because {because}."


def test_what_is_ranked_too_low_says_where() -> None:
    told = said(replace(kept_out(Obstacle.RANK, Placement.TRENDING), n_candidates=12_345))
    assert told == (
        "“Cake” is not in the list of what is popular now: it is number 57 of 12,345 products that came into "
        "question, and only 10 are shown."
    )


def test_what_others_took_the_place_of_is_not_told_to_be_too_low() -> None:
    told = said(replace(kept_out(Obstacle.RANK), candidate_rank=10))
    assert told.endswith(", but its place was needed for another one.")


@pytest.mark.parametrize("reason", [ReasonType.PINNED, ReasonType.POPULAR, ReasonType.TRENDING])
def test_what_speaks_for_an_item_is_not_told_where_it_is_not_why_it_is_there(reason: ReasonType) -> None:
    told = said(replace(SHOWN, reason=Reason(reason), judgement=judged(als=5)))
    assert told.count(".") == 1


def test_what_decided_is_named_group_by_group() -> None:
    judgement = judged(
        values={"own_orders": 2.0},
        **{"als": 0.2, "forward_all": 0.2, "item_neighbours": 0.3, "month_sales": 0.01, "own_orders": -1.0},
        user_orders=9.0,
    )
    assert said(replace(SHOWN, judgement=judgement)).endswith(
        " Also in its favour: how well it fits your taste and how often it is bought with what you buy."
    )
    assert said(replace(kept_out(Obstacle.RANK), judgement=judgement)).endswith(
        " are shown. What speaks against it: how seldom or how long ago you bought it."
    )


def test_what_a_reason_says_is_not_said_again() -> None:
    taste = replace(SHOWN, reason=Reason(ReasonType.YOUR_TASTE), judgement=judged(als=5.0, month_sales=4.0))
    assert said(taste).endswith("because it fits your taste. Also in its favour: how well it sells.")


@pytest.mark.parametrize(
    ("n_orders", "repeats", "second"),
    [
        (2.0, True, " What speaks against it: how seldom or how long ago you bought it."),
        (0.0, True, " What speaks against it: that it would be new to you."),
        (0.0, False, ""),
    ],
)
def test_what_was_never_bought_is_not_told_how_often_it_was(
    n_orders: float, repeats: bool, second: str
) -> None:
    judgement = judged(repeats=repeats, values={"own_orders": n_orders}, own_orders=-5.0)
    told = said(replace(kept_out(Obstacle.RANK), judgement=judgement))
    assert told.partition(" are shown.")[2] == second
    shown = said(replace(SHOWN, judgement=judged(own_orders=5.0)))
    assert shown.endswith("“Milk”.")


def test_someone_who_bought_nothing_is_told_nothing_of_purchases() -> None:
    nothing = {"user_orders": 0.0, "own_orders": 0.0}
    judgement = judged(values=nothing, item_neighbours=3.0, category=2.0, own_due=1.0)
    looked = Reason(ReasonType.SIMILAR_TO_ITEM, ("tea",))
    for because_of in ((Purchase("tea", 1.0, 0),), ()):
        told = said(replace(SHOWN, reason=looked, judgement=judgement, because_of=because_of))
        assert told == (
            "“Cake” is number 2 in your recommendations, because you showed an interest in “Green tea”. "
            "Also in its favour: how well it goes with what interests you."
        )


@pytest.mark.parametrize(
    ("difference", "speaking_for", "words"),
    [
        (0.5, False, "that it costs more than what you usually buy"),
        (-0.5, False, "its price"),
        (0.05, False, "its price"),
        (-0.5, True, "that it costs less than what you usually buy"),
        (0.5, True, "its price"),
    ],
)
def test_a_price_is_told_against_what_the_shopper_pays(
    difference: float, speaking_for: bool, words: str
) -> None:
    contribution = 1.0 if speaking_for else -1.0
    judgement = judged(values={"price_difference": difference}, item_log_price=contribution)
    told = said(replace(SHOWN if speaking_for else kept_out(Obstacle.RANK), judgement=judgement))
    assert told.endswith(f": {words}.")


def test_what_is_not_known_or_not_so_does_not_speak_for_an_item() -> None:
    nowhere = {"category_narrow": 0.0, "category_broad": 0.0, "item_neighbours": 0.0, "als": -1.0}
    others = {name: 0.0 for name, topic in feature_topics().items() if topic in ("company", "taste")}
    judgement = judged(
        values=others | nowhere, category_narrow=1.0, item_neighbours=1.0, als=1.0, item_log_price=1.0
    )
    unpriced = tuple(
        replace(view, value=None) if view.name == "item_log_price" else view for view in judgement.features
    )
    assert said(replace(SHOWN, judgement=replace(judgement, features=unpriced))).endswith("“Milk”.")


@pytest.mark.parametrize(
    ("rank", "second"), [(1, ""), (2, " What speaks against it: that other products sell better.")]
)
def test_others_are_said_to_be_ahead_only_where_they_are(rank: int, second: str) -> None:
    sources = (SourceView("month_sales", 9.0, rank, 100, proposed=True),)
    ranked = replace(kept_out(Obstacle.RANK), sources=sources, judgement=judged(month_sales=-1.0, als=-0.5))
    assert said(ranked).partition(" are shown.")[2] == second


@pytest.mark.parametrize(("share", "second"), [(0.6, ""), (0.2, ": that you buy more of other kinds.")])
def test_what_the_shopper_buys_most_of_is_not_said_to_be_little(share: float, second: str) -> None:
    judgement = judged(values={"category_narrow": share}, category_narrow=-1.0)
    assert said(replace(kept_out(Obstacle.RANK), judgement=judgement)).partition("against it")[2] == second


@pytest.mark.parametrize(
    ("share", "for_it", "against_it"),
    [(0.0, "", ": that few customers buy it again."), (0.6, ": how many customers buy it again.", "")],
)
def test_whether_customers_come_back_is_told_as_it_is(share: float, for_it: str, against_it: str) -> None:
    known = {"item_repeat_share": share}
    shown = replace(SHOWN, judgement=judged(values=known, item_interval_days=1.0))
    ranked = replace(kept_out(Obstacle.RANK), judgement=judged(values=known, item_interval_days=-1.0))
    assert said(shown).partition("in its favour")[2] == for_it
    assert said(ranked).partition("against it")[2] == against_it


def test_at_most_three_groups_are_named() -> None:
    judgement = judged(als=5, item_neighbours=4, month_sales=3, category=2)
    assert said(replace(SHOWN, judgement=judgement)).endswith(
        ": how well it fits your taste, how often it is bought with what you buy and how well it sells."
    )
    assert said(replace(kept_out(Obstacle.RANK), judgement=judgement)).endswith(" are shown.")


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.61, "You are likely to want it again within the week."),
        (0.314, "You may want it again within the week."),
        (0.004, "You are not likely to want it again within the week."),
    ],
)
def test_what_is_due_says_how_likely_it_is_in_words(chance: float, words: str) -> None:
    told = said(replace(SHOWN, placement=Placement.BUY_AGAIN, due_within_week=chance))
    assert told.endswith(f" {words}")


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
        (Standing.GUEST, "We did not recognise you, so you see what any new customer sees."),
    ],
)
def test_who_is_not_known_is_told_so(standing: Standing, second: str) -> None:
    told = said(replace(SHOWN, reason=Reason(ReasonType.TRENDING)), standing)
    first = "“Cake” is number 2 in your recommendations, because more and more customers buy it."
    assert told == f"{first} {second}"
    assert second not in said(kept_out(Obstacle.OUT_OF_STOCK), standing)


@pytest.mark.parametrize(
    ("view", "because"),
    [
        (BESTSELLER, ", because many customers buy it"),
        (SourceView("all_sales", 1.0, 80, 100, proposed=False), ", because other customers buy it"),
        (SourceView("all_sales", 0.0, None, 100, proposed=False), ""),
        (SourceView("popular", 1.0, 90, 100, proposed=True), ""),
    ],
)
def test_what_hardly_sells_is_not_said_to_be_bought_by_many(view: SourceView, because: str) -> None:
    told = said(replace(SHOWN, reason=Reason(ReasonType.POPULAR), sources=(view,)))
    assert told == f"“Cake” is number 2 in your recommendations{because}."


def test_what_fills_a_list_is_said_to() -> None:
    filler = replace(
        SHOWN, placement=Placement.SIMILAR, reason=Reason(ReasonType.POPULAR), candidate_rank=None
    )
    assert said(filler, Standing.ANYBODY) == (
        "“Cake” is number 2 in the list of similar products, because nothing else that fits was left and many "
        "customers buy it."
    )
    trending = replace(filler, placement=Placement.TRENDING)
    assert said(trending, Standing.ANYBODY).endswith("popular now, because many customers buy it.")


def test_titles_are_read_as_they_can_be_spoken() -> None:
    assert said(SHOWN, tea="  Green   tea\n") == said(SHOWN)
    assert said(SHOWN, tea="Milk").endswith("because you bought “Milk”.")
    assert said(SHOWN, tea="{item}").endswith("because you bought “{item}” and “Milk”.")
    assert f"“{'x' * (MAX_TITLE_LENGTH - 1)}…”" in said(SHOWN, cake="x" * 500)
    assert "“tea”" in said(SHOWN, tea=" ")


def test_no_title_or_number_is_inflected_in_finnish() -> None:
    one, two = (
        said(replace(SHOWN, reason=Reason(ReasonType.SIMILAR_TO_ITEM, items)), language=FINNISH)
        for items in (("tea",), ("tea", "milk"))
    )
    assert one.endswith("sijalla 2, koska se muistuttaa tuotetta ”Green tea”.")
    assert two.endswith("sijalla 2, koska se muistuttaa tuotteita ”Green tea” ja ”Milk”.")
