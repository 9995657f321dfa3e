import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.ranking.query import Reason, ReasonType, Recommendation, RecommendationList, Source, Strategy
from recsvc.serving.kept_list import KeptList

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
    kept = KeptList.of(made)
    assert KeptList.read(kept.to_bytes()) == kept
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
    kept = KeptList.of(RecommendationList(Strategy.PERSONALIZED, items)).to_bytes()
    assert json.loads(kept)["words"] == ["lamp", "als", "because_you_bought"]
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
        b'{"strategy":"personalized"}',
        b'{"strategy":7,"words":[],"items":[]}',
        b'{"strategy":"trending","words":["als"],"items":[["tea",1.0,0,-1,[]]]}',
        b'{"strategy":"trending","words":[],"items":[["tea",1.0,0,1,[]]]}',
        b'{"strategy":"trending","words":["als","popular"],"items":[["tea",1.0,0]]}',
        b'{"strategy":"trending","words":["als","popular"],"items":[["tea",1.0,0,1,[],1,2,3]]}',
    ],
)
def test_what_is_no_list_is_none(kept: bytes) -> None:
    assert KeptList.read(kept) is None
