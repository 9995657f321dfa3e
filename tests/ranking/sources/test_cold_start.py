"""ColdStartItems in the small shop: ada and ann like what goes with tea, ben and bob like tools."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from support.models import CAKE, HAMMER, MILK, NAILS, SAW, TEA, content, small_model, with_categories

from recsvc.errors import UnknownItemError
from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItem, ColdStartItems, ColdStartMaker
from recsvc.ranking.history import History, history_of
from recsvc.ranking.live_events import Acts, LiveEvents
from recsvc.ranking.query import Placement, Query, Reason, ReasonType, RecommendationList, Source, Strategy
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.sources import cold_start as cold_start_source
from recsvc.ranking.sources.cold_start import (
    affinity_of,
    cold_start_places,
    liked,
    similar_to_cold_start,
    with_cold_start,
)
from recsvc.ranking.user_state import UserState

ADA, ANN, BEN, BOB = range(4)
NOTHING = np.empty(0, dtype=np.int32)
LIKES_TEA, LIKES_TOOLS = [2, 0], [0, 2]
COFFEE, DRILL = ColdStartItem("coffee", ("Food > Drinks",)), ColdStartItem("drill", ("Tools",))
BOOK = ColdStartItem("book", buyers=(BEN, BOB, BEN))


@pytest.fixture
def shop() -> Model:
    return with_categories(small_model())


def cold_start(shop: Model, *items: ColdStartItem, share: float = 0.5) -> ColdStartItems:
    return ColdStartMaker(shop).make(items, share)


def near(
    shop: Model, new: ColdStartItems, taste: list[float], excluded: NDArray[np.int32] = NOTHING
) -> list[str]:
    """Return the items near to somebody of whom nothing but a taste is known."""
    user = UserState(None, History.of_items([]), excluded, np.asarray(taste, np.float32))
    return names(new, liked(shop, new, user))


def names(new: ColdStartItems, ranking: Ranking) -> list[str]:
    return [new.known.id_of(int(item)) for item in ranking.items]


def ids(made: RecommendationList) -> list[str]:
    return [item.item_id for item in made.items]


def ask(shop: Model, new: ColdStartItems, live: LiveEvents | None = None, **query) -> RecommendationList:
    return Recommender(shop).recommend(Query(**{"n": 4, **query}), live, cold_start=new)


def test_a_cold_start_item_is_near_whoever_likes_its_category(shop: Model) -> None:
    new = cold_start(shop, COFFEE, DRILL)
    assert near(shop, new, LIKES_TEA) == ["coffee"]
    assert near(shop, new, LIKES_TOOLS) == ["drill"]


def test_a_cold_start_item_is_near_whoever_is_like_its_first_buyers(shop: Model) -> None:
    new = cold_start(shop, BOOK)
    assert near(shop, new, LIKES_TOOLS) == ["book"]
    assert near(shop, new, LIKES_TEA) == []


def test_one_buyer_says_less_than_many(shop: Model) -> None:
    one, many = ColdStartItem("a", buyers=(BEN,)), ColdStartItem("b", buyers=(BEN, BOB) * 5)
    new = cold_start(shop, one, many)
    assert near(shop, new, LIKES_TOOLS) == ["b", "a"]


def test_category_and_buyers_together_say_more_than_either(shop: Model) -> None:
    both, either = ColdStartItem("b", ("Tools",), (BEN,)), ColdStartItem("a", ("Tools",))
    new = cold_start(shop, either, both)
    half = [1, 1]
    assert near(shop, new, half) == ["b", "a"]


def test_of_what_nothing_is_known_nobody_is_shown_anything(shop: Model) -> None:
    new = cold_start(shop, ColdStartItem("riddle"), ColdStartItem("toy", ("Toys",)))
    assert near(shop, new, LIKES_TEA) == []


def test_what_is_not_sold_or_hidden_is_not_liked(shop: Model) -> None:
    sold_out = ColdStartItem("cocoa", ("Food",), is_sold=False)
    new = cold_start(shop, COFFEE, sold_out, DRILL)
    coffee = new.known.indices_of(["coffee"])
    assert near(shop, new, LIKES_TEA) == ["coffee"]
    assert near(shop, new, LIKES_TEA, np.asarray(coffee, np.int32)) == []


@pytest.mark.parametrize(
    ("share", "n", "places"),
    [(0.1, 10, [6]), (0.1, 9, []), (0.1, 25, [6, 16]), (0.5, 4, [1, 3]), (0.3, 10, [2, 5, 8]), (0, 100, [])],
)
def test_cold_start_items_have_their_share_of_the_places_but_never_the_first(
    share: float, n: int, places: Sequence[int]
) -> None:
    assert cold_start_places(share, n).tolist() == places


def test_a_list_with_cold_start_items_is_as_long_as_before_and_its_scores_still_fall() -> None:
    made = Ranking(np.arange(12, dtype=np.int32), np.linspace(1, 0.1, 12, dtype=np.float32), ("als",) * 12)
    new = Ranking(
        np.asarray([20, 21], np.int32), np.ones(2, np.float32), ("cold_start_content", "cold_start_buyers")
    )
    mixed = with_cold_start(made, new, 0.2, 10)
    assert mixed.items.tolist() == [0, 1, 2, 20, 3, 4, 5, 6, 21, 7, 8, 9]
    assert [mixed.proposers[place] for place in (2, 3, 4, 8)] == [
        "als",
        "cold_start_content",
        "als",
        "cold_start_buyers",
    ]
    assert (np.diff(mixed.scores) <= 0).all()
    assert len(mixed.scores) == len(mixed.proposers) == 12


@pytest.mark.parametrize("placement", [Placement.FOR_YOU, Placement.DISCOVER])
def test_a_personal_list_holds_a_cold_start_item_of_a_category_that_the_shopper_buys(
    shop: Model, placement: Placement
) -> None:
    made = ask(shop, cold_start(shop, COFFEE, DRILL), placement=placement, user_id="ada")
    assert ids(made).index("coffee") == 1
    assert "drill" not in ids(made)
    coffee = made.items[1]
    assert (coffee.source, coffee.reason) == (
        Source.CATEGORY,
        Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk")),
    )


def test_a_cold_start_item_of_the_taste_of_its_buyers_names_purchases_of_that_taste(shop: Model) -> None:
    made = ask(shop, cold_start(shop, BOOK), user_id="bob")
    (book,) = (item for item in made.items if item.item_id == "book")
    assert (book.source, book.reason.type) == (Source.ALS, ReasonType.BECAUSE_YOU_BOUGHT)
    assert set(book.reason.item_ids) <= {"nails", "saw"}


def test_a_reason_without_any_purchase_behind_it_says_that_the_item_is_new(shop: Model) -> None:
    # ada's factors were learned to like tools, whatever her history says.
    shop.user_factors[ADA] = (0, 1)
    made = ask(shop, cold_start(shop, DRILL), user_id="ada")
    (drill,) = (item for item in made.items if item.item_id == "drill")
    assert drill.reason == Reason(ReasonType.NEW)


@pytest.mark.parametrize("placement", [Placement.BUY_AGAIN, Placement.TRENDING, Placement.SIMILAR])
def test_other_lists_are_as_without_cold_start_items(shop: Model, placement: Placement) -> None:
    query = {"placement": placement, "user_id": "ada", "item_ids": ("tea",)}
    assert ask(shop, cold_start(shop, COFFEE), **query) == ask(shop, cold_start(shop), **query)


@pytest.mark.parametrize("placement", Placement)
def test_without_a_share_all_lists_are_as_without_cold_start_items(shop: Model, placement: Placement) -> None:
    query = {"placement": placement, "user_id": "ada", "item_ids": ("tea",)}
    assert ask(shop, cold_start(shop, COFFEE, share=0), **query) == ask(shop, cold_start(shop), **query)


def test_variants_of_one_cold_start_product_take_one_place_and_leave_the_next_to_others(shop: Model) -> None:
    drinks = ("Food > Drinks",)
    mugs = [ColdStartItem(f"a-mug-{one}", drinks, title=f"Mug {one}") for one in ("red", "blue")]
    new = cold_start(shop, *mugs, ColdStartItem("cocoa", drinks, title="Cocoa"))
    shown = ids(ask(shop, new, user_id="ada"))
    assert [shown[place] for place in cold_start_places(0.5, 4)] == ["a-mug-blue", "cocoa"]


def test_who_bought_disliked_or_excludes_a_cold_start_item_is_not_shown_it(shop: Model) -> None:
    new = cold_start(shop, COFFEE)
    coffee = np.asarray(new.known.indices_of(["coffee"]), np.int32)
    assert "coffee" in ids(ask(shop, new, user_id="ada"))
    for live in (LiveEvents(bought_new=coffee), LiveEvents(disliked=coffee)):
        for placement in Placement:
            made = ask(shop, new, live, placement=placement, user_id="ada", item_ids=("tea",))
            assert "coffee" not in ids(made)
    assert "coffee" not in ids(ask(shop, new, user_id="ada", exclude=("coffee",)))
    assert "coffee" not in ids(ask(shop, new, user_id="ada", item_ids=("coffee",)))


def test_what_else_a_shopper_of_cold_start_items_did_still_counts(shop: Model) -> None:
    new = cold_start(shop, COFFEE, DRILL)
    coffee = np.asarray(new.known.indices_of(["coffee"]), np.int32)
    live = LiveEvents(purchases=Acts.of([(HAMMER, 1.0, 1.0, 0)]), bought_new=coffee)
    made = ask(shop, new, live, user_id="someone")
    assert made.strategy is Strategy.FOLDED_IN
    assert "drill" in ids(made)


def test_similar_to_a_cold_start_item_is_what_sells_in_its_narrowest_category(shop: Model) -> None:
    made = ask(shop, cold_start(shop, COFFEE), placement=Placement.SIMILAR, item_ids=("coffee",), n=2)
    assert ids(made) == ["tea", "milk"]
    assert {item.source for item in made.items} == {Source.CATEGORY}
    assert {item.reason for item in made.items} == {Reason(ReasonType.SIMILAR_TO_ITEM, ("coffee",))}


WORDS = ("w:cake",), ("w:steel", "w:hammer"), (), ("w:fresh", "w:milk"), (), ("w:steel", "w:saw"), ("w:tea",)


def test_of_its_narrowest_category_the_likest_by_title_are_similar_first(shop: Model) -> None:
    titled = replace(shop, **content(shop.item_factors, *WORDS))
    new = cold_start(titled, ColdStartItem("oat", ("Food > Drinks",), title="Fresh oat milk"))
    made = ask(titled, new, placement=Placement.SIMILAR, item_ids=("oat",), n=2)
    assert ids(made) == ["milk", "tea"]
    assert {item.reason.type for item in made.items} == {ReasonType.SIMILAR_TO_ITEM}


def test_of_a_category_with_very_many_items_those_that_sell_best_are_looked_at(
    shop: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start_source, "MANY_ITEMS", 1)
    new = cold_start(shop, COFFEE)
    made = ask(shop, new, placement=Placement.SIMILAR, item_ids=("coffee",), n=1)
    assert ids(made) == ["tea"]
    like = similar_to_cold_start(shop, new, np.asarray(new.known.indices_of(["coffee"]), np.int32), NOTHING)
    assert like.items.tolist() == [TEA]


def test_where_no_category_is_known_the_likest_by_title_are_similar() -> None:
    titled = small_model()
    titled = replace(titled, **content(titled.item_factors, *WORDS))
    new = cold_start(titled, ColdStartItem("axe", ("Axes",), title="Steel saw axe"))
    user = {"placement": Placement.SIMILAR, "item_ids": ("axe",), "n": 2}
    assert ids(ask(titled, new, **user)) == ["saw", "hammer"]
    assert ask(titled, new, **user).strategy is not Strategy.TRENDING
    unlike = cold_start(titled, ColdStartItem("axe", title="Axe"))
    assert ask(titled, unlike, **user).strategy is Strategy.TRENDING


def test_similar_to_a_cold_start_item_is_what_its_first_buyers_like(shop: Model) -> None:
    made = ask(shop, cold_start(shop, BOOK), placement=Placement.SIMILAR, item_ids=("book",), n=3)
    tools = {shop.items.id_of(item) for item in (HAMMER, NAILS, SAW)}
    assert set(ids(made)) == tools
    assert {item.source for item in made.items} == {Source.ALS}


def test_beside_an_item_of_the_model_a_cold_start_item_says_nothing(shop: Model) -> None:
    new = cold_start(shop, DRILL)
    both = ask(shop, new, placement=Placement.SIMILAR, item_ids=("drill", "tea"), n=2)
    assert ids(both) == [shop.items.id_of(item) for item in (MILK, CAKE)]


def test_a_guest_on_the_page_of_a_cold_start_item_gets_what_is_like_it(shop: Model) -> None:
    made = ask(shop, cold_start(shop, DRILL), item_ids=("drill",), n=3)
    assert set(ids(made)) == {"hammer", "nails", "saw"}


def test_what_is_hidden_is_not_similar_either(shop: Model) -> None:
    query = {"placement": Placement.SIMILAR, "item_ids": ("coffee",), "exclude": ("tea",)}
    assert "tea" not in ids(ask(shop, cold_start(shop, COFFEE), **query))
    assert shop.items.id_of(TEA) == "tea"


def test_for_a_cold_start_item_of_which_nothing_is_known_there_is_what_is_trending(shop: Model) -> None:
    made = ask(
        shop, cold_start(shop, ColdStartItem("riddle")), placement=Placement.SIMILAR, item_ids=("riddle",)
    )
    assert made.strategy is Strategy.TRENDING
    assert len(made.items) == 4


def test_an_item_that_the_shop_never_named_is_still_unknown(shop: Model) -> None:
    with pytest.raises(UnknownItemError, match=r"'soup' is not in the model.* nor is it in the catalogue"):
        ask(shop, cold_start(shop, COFFEE), placement=Placement.SIMILAR, item_ids=("soup",))


def test_without_a_purchase_that_the_reason_names_the_item_is_less_near(shop: Model) -> None:
    new = cold_start(shop, COFFEE)
    history = history_of(shop, ADA)
    (before,) = affinity_of(shop, new, UserState(ADA, history))
    for place in range(len(history)):
        less = history.at(np.delete(np.arange(len(history)), place))
        (after,) = affinity_of(shop, new, UserState(ADA, less))
        assert after < before


@pytest.mark.parametrize("value", [3e38, -3e38, 0.0])
@pytest.mark.parametrize(
    "name", ["content_rarity", "content_factors", "content_sold", "cold_start_weights", "item_content"]
)
def test_whatever_a_model_holds_the_affinities_are_numbers(shop: Model, name: str, value: float) -> None:
    if name == "item_content":
        odd = replace(shop.item_content, values=np.full_like(shop.item_content.values, value))
    else:
        odd = np.full_like(getattr(shop, name), value)
    foreign = replace(shop, **{name: odd})
    with np.errstate(all="ignore"):
        new = cold_start(foreign, COFFEE, DRILL, BOOK)
        found = affinity_of(foreign, new, UserState(ADA, history_of(foreign, ADA)))
        assert np.isfinite(found).all()
        assert len(ask(foreign, new, user_id="ada").items) == 4
