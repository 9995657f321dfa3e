import numpy as np
import pytest
from support.models import JAM, MILK, NAILS, SAW, TEA, small_model
from support.selections import ids, only, recommend, tools_are_one_group

from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import Placement, Query, ReasonType, Source
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import Pinned, Selection


def test_pins_stand_at_their_positions_and_say_so() -> None:
    made = recommend(Query(user_id="ada", n=4), Selection(pinned=(Pinned(SAW, 3), Pinned(JAM, 1))))
    assert (ids(made)[0], ids(made)[2]) == ("jam", "saw")
    assert [item.source is Source.RULE for item in made.items] == [True, False, True, False]
    assert made.items[0].reason.type is ReasonType.PINNED


def test_of_two_pins_at_one_position_the_first_wins_and_the_other_comes_right_after() -> None:
    pins = (Pinned(SAW, 2), Pinned(JAM, 2), Pinned(NAILS, 1))
    made = ids(recommend(Query(user_id="ada", n=7), Selection(pinned=pins)))
    assert made[:3] == ["nails", "saw", "jam"]
    assert len(set(made)) == len(made) == 7


@pytest.mark.parametrize(
    "query",
    [
        Query(user_id="ada", n=7, exclude=("saw",)),
        Query(user_id="ada", n=7, item_ids=("saw",)),
        Query(Placement.DISCOVER, 7, "bob"),
    ],
    ids=["excluded", "in the context", "bought"],
)
def test_a_pin_of_what_may_not_be_shown_is_not_shown(query: Query) -> None:
    assert "saw" not in ids(recommend(query, Selection(pinned=(Pinned(SAW, 1),))))


def test_a_pin_of_what_is_disliked_or_not_allowed_is_not_shown() -> None:
    pins = (Pinned(SAW, 1), Pinned(JAM, 2))
    live = LiveEvents(disliked=np.asarray([SAW], dtype=np.int32))
    made = Recommender(small_model()).recommend(
        Query(user_id="ada", n=7), live, selection=Selection(pinned=pins, allowed=only(SAW, TEA, MILK))
    )
    assert set(ids(made)) == {"tea", "milk"}


def test_a_pinned_item_takes_a_place_of_its_group() -> None:
    rules = Selection(pinned=(Pinned(SAW, 2),), caps=(tools_are_one_group(1),))
    made = ids(recommend(Query(user_id="bob", n=7), rules))
    assert made[1] == "saw"
    assert not {"nails", "hammer"} & set(made)


def test_a_pin_beyond_the_end_of_a_short_list_closes_it() -> None:
    rules = Selection(pinned=(Pinned(SAW, 5),), allowed=only(SAW, TEA, MILK), is_filled=False)
    made = ids(recommend(Query(user_id="ada", n=7), rules))
    assert made[-1] == "saw"
    assert set(made) == {"tea", "milk", "saw"}
