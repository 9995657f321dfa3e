"""A recommendation_id says which list it was, and cannot be made up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.outcomes.recommendation_id import ForeignIdError, ListOrigin, RecommendationIds, variant_in
from recsvc.ranking.query import ReasonType, Source

IDS = RecommendationIds(b"s" * 32)
KINDS = (("als", "your_taste"), ("repurchase", "you_bought_this"))
ORIGIN = ListOrigin("for_you", "spring:b", "20261129T003554090Z-d5407a", 20_786, KINDS)


def test_an_id_says_what_made_the_list() -> None:
    text = IDS.write(ORIGIN, b"list", KINDS)
    assert IDS.read(text) == ORIGIN
    assert IDS.read(text).kind_at(2) == ("repurchase", "you_bought_this")  # type: ignore[union-attr]
    assert IDS.read(text).kind_at(3) == ("", "")  # type: ignore[union-attr]


def test_the_same_list_of_the_same_day_has_the_same_id_and_any_other_has_another() -> None:
    text = IDS.write(ORIGIN, b"list", KINDS)
    assert text == IDS.write(ORIGIN, b"list", KINDS)
    others = [
        IDS.write(ORIGIN, b"other", KINDS),
        IDS.write(ORIGIN, b"list", KINDS[:1]),
        *(
            IDS.write(replace(ORIGIN, **{field: value}), b"list", KINDS)
            for field, value in (("day", 20_787), ("variant", ""), ("placement", "x"), ("model_version", "2"))
        ),
    ]
    assert len({text, *others}) == 1 + len(others)


def test_ids_of_another_shop_and_changed_ones_are_refused() -> None:
    text = RecommendationIds(b"t" * 32).write(ORIGIN, b"list", KINDS)
    with pytest.raises(ForeignIdError):
        IDS.read(text)
    own = IDS.write(ORIGIN, b"list", KINDS)
    for place in range(len(own)):
        changed = own[:place] + ("A" if own[place] != "A" else "B") + own[place + 1 :]
        with pytest.raises(ForeignIdError):
            IDS.read(changed)


@pytest.mark.parametrize("text", ["", "r1", "=", "a" * 300, "é", "26f6f363ccf767c3ac1e7010", "AAAA"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ForeignIdError):
        IDS.read(text)


def test_before_the_secret_is_known_an_id_says_nothing_and_is_taken() -> None:
    text = RecommendationIds(None).write(ORIGIN, b"list", KINDS)
    assert IDS.read(text) is None
    with pytest.raises(ForeignIdError):
        RecommendationIds(None).read(IDS.write(ORIGIN, b"list", KINDS))


@given(
    placement=st.text(max_size=80),
    variant=st.text(max_size=80),
    version=st.text(max_size=80),
    n=st.integers(0, 100),
)
def test_any_names_fit_into_a_stored_id(placement: str, variant: str, version: str, n: int) -> None:
    text = IDS.write(ListOrigin(placement, variant, version, 1), b"l", [("als", "popular")] * n)
    assert len(text) <= 256
    read = IDS.read(text)
    assert read is not None
    assert read.kinds == (("als", "popular"),) * len(read.kinds)
    assert len(read.kinds) == n or len(text) > 250
    if len(placement.encode()) <= 64:
        assert read.placement == placement


def test_all_sources_and_reasons_have_a_code_of_their_own() -> None:
    kinds = [(str(source), str(reason)) for source in Source for reason in ReasonType]
    read = IDS.read(IDS.write(replace(ORIGIN, placement="p", variant=""), b"l", kinds))
    assert read is not None
    assert read.kinds == tuple(kinds[: len(read.kinds)])
    assert len(read.kinds) >= len(Source) * len(ReasonType)


@given(st.text(max_size=70), st.text(max_size=70))
def test_the_variant_is_read_from_an_id_without_its_secret(placement: str, variant: str) -> None:
    text = IDS.write(replace(ORIGIN, placement=placement, variant=variant), b"list", KINDS)
    found = IDS.read(text)
    assert found is not None
    assert variant_in(text) == found.variant


@given(st.text(max_size=100))
def test_any_text_names_a_variant_or_none(text: str) -> None:
    assert isinstance(variant_in(text), str)
    assert variant_in(RecommendationIds(None).write(ORIGIN, b"list", KINDS)) == ""


def test_the_codes_of_sources_and_reasons_are_those_of_ids_that_are_out_there() -> None:
    """A new member comes last: one in between would give another meaning to ids that were given before."""
    sources = ["als", "co_purchase", "similar", "repurchase", "category", "trending", "popular", "rule"]
    assert [str(source) for source in Source][: len(sources)] == sources
    reasons = [
        "because_you_bought", "your_taste", "you_buy_this_regularly", "you_bought_this", "similar_to_item",
        "also_bought", "bought_with_your_cart", "trending", "popular", "pinned", "new",
    ]  # fmt: skip
    assert [str(reason) for reason in ReasonType][: len(reasons)] == reasons
