import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.ranking.query import Reason, ReasonType, Recommendation, RecommendationList, Source, Strategy

ids = st.text(min_size=1, max_size=8).filter(lambda one: one.isprintable())
days = st.none() | st.integers(0, 4000)
reasons = st.builds(Reason, st.sampled_from(ReasonType), st.lists(ids, max_size=3).map(tuple), days, days)
rows = st.tuples(ids, st.floats(0, 1), st.sampled_from(Source), reasons)


@given(st.lists(rows, max_size=5), st.sampled_from(Strategy))
def test_what_is_kept_is_the_list(
    chosen: list[tuple[str, float, Source, Reason]], strategy: Strategy
) -> None:
    items = tuple(
        Recommendation(item_id, rank, score, source, reason)
        for rank, (item_id, score, source, reason) in enumerate(chosen, start=1)
    )
    made = RecommendationList(strategy, items)
    kept = FinishedList.of(made)
    page = (kept, replace(kept, recommendation_id="id"))
    assert (Kept.unpack(Kept((kept,)).pack()), Kept.unpack(Kept(page).pack())) == ((kept,), page)
    told = [kept.item(row, rank) for rank, row in enumerate(kept.rows, start=1)]
    assert [(one["item_id"], one["rank"], one["score"], one["source"]) for one in told] == [
        (one.item_id, one.rank, one.score, one.source) for one in items
    ]
    for one, item in zip(told, items, strict=True):
        reason = Reason(one["reason"].pop("type"), tuple(one["reason"].pop("item_ids", ())), **one["reason"])
        assert reason == item.reason


def test_no_text_of_a_reason_stands_twice() -> None:
    because = Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("lamp",))
    items = tuple(Recommendation(f"item-{rank}", rank, 0.5, Source.ALS, because) for rank in range(1, 16))
    kept = Kept((FinishedList.of(RecommendationList(Strategy.PERSONALIZED, items)),)).pack()
    assert json.loads(kept)[0]["words"] == ["lamp", "als", "because_you_bought"]
    assert kept.count(b"because_you_bought") == 1
    assert len(kept) < 500


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"not JSON",
        b"\xff",
        b"[]",
        b"null",
        b"[1]",
        b'{"strategy":"trending","words":[],"items":[]}',
        b'[{"strategy":"personalized"}]',
        b'[{"strategy":7,"words":[],"items":[]}]',
        b'[{"strategy":"trending","words":["als"],"items":[["tea",1.0,0,-1,[]]]}]',
        b'[{"strategy":"trending","words":[],"items":[["tea",1.0,0,1,[]]]}]',
        b'[{"strategy":"trending","words":["als","popular"],"items":[["tea",1.0,0]]}]',
        b'[{"strategy":"trending","words":["als","popular"],"items":[["tea",1.0,0,1,[],1,2,3]]}]',
    ],
)
def test_what_is_no_list_is_none(kept: bytes) -> None:
    assert Kept.unpack(kept) is None


PINS = {"pin 1", "pin 2"}


def made(*item_ids: str) -> FinishedList:
    popular = Reason(ReasonType.POPULAR)
    items = [
        Recommendation(one, rank, 1 / rank, Source.RULE if one in PINS else Source.POPULAR, popular)
        for rank, one in enumerate(item_ids, start=1)
    ]
    return FinishedList.of(RecommendationList(Strategy.PERSONALIZED, tuple(items)))


def test_what_is_unavailable_is_left_out_and_the_next_items_move_up() -> None:
    rows = made("tea", "milk", "cake", "jam").available({"tea", "cake"})
    assert [row[0] for row in rows] == ["milk", "jam"]
    assert made("tea").available({"tea"}) == []


def test_what_is_not_known_of_a_reason_is_left_out() -> None:
    reasons = [
        Reason(ReasonType.POPULAR),
        Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("lamp",)),
        Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=7, last_days_ago=0),
    ]
    items = [Recommendation(str(i), 1, 1.0, Source.ALS, reason) for i, reason in enumerate(reasons)]
    kept = FinishedList.of(RecommendationList(Strategy.TRENDING, tuple(items)))
    assert [kept.item(row, 1)["reason"] for row in kept.rows] == [
        {"type": "popular"},
        {"type": "because_you_bought", "item_ids": ["lamp"]},
        {"type": "you_buy_this_regularly", "every_days": 7, "last_days_ago": 0},
    ]


def test_a_pin_keeps_its_place_when_what_was_before_it_is_unavailable() -> None:
    pinned = made("tea", "milk", "pin 1", "pin 2", "cake", "jam", "saw")
    rows = pinned.available({"tea"})
    assert [row[0] for row in rows][:4] == ["milk", "cake", "pin 1", "pin 2"]
    scores = [row[1] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert [row[0] for row in pinned.available({"pin 1"})][2:4] == ["cake", "pin 2"]
