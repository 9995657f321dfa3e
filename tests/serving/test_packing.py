import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.ranking.query import Reason, ReasonType, Recommendation, RecommendationList, Source, Strategy
from recsvc.serving.packing import pack, unpack

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
    assert unpack(pack(made)) == made


def test_no_text_of_a_reason_stands_twice() -> None:
    because = Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("lamp",))
    items = tuple(Recommendation(f"item-{rank}", rank, 0.5, Source.ALS, because) for rank in range(1, 16))
    kept = pack(RecommendationList(Strategy.PERSONALIZED, items))
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
        b'{"strategy":"sorcery","words":[],"items":[]}',
        b'{"strategy":"trending","words":[],"items":[["tea",1.0,0,1,[]]]}',
        b'{"strategy":"trending","words":["als","popular"],"items":[["tea",1.0,0]]}',
        b'{"strategy":"trending","words":["als","popular"],"items":[["tea",1.0,0,1,[],1,2,3]]}',
    ],
)
def test_what_is_no_list_is_none(kept: bytes) -> None:
    assert unpack(kept) is None
