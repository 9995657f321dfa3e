"""Whatever became of an id on its way, it stays one id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.identity.spelling import canonical_item_id, canonical_user_id, item_key, item_keys


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("17850", "17850"),
        ("8.0", "8"),
        ("8.00", "8"),
        ("8.5", "8.5"),
        ('="0042"', "0042"),
        (" Zoe\u0308\u00a0 8\t", "Zo\u00eb 8"),
        ("\ufeff17850\u200b", "17850"),
        ("Anna2@Shop.Example", "anna2@shop.example"),
        ("AbC", "AbC"),
        (" ", " "),
        ("\ufb2c" * MAX_ID_LENGTH, "\ufb2c" * MAX_ID_LENGTH),
    ],
)
def test_a_user_has_one_spelling(text: str, spelling: str) -> None:
    assert canonical_user_id(text) == spelling


@given(
    st.text(max_size=20) | st.from_regex(r'[ ="0-9A-Za-z.@\u00a0\u200b\u0308\u0130J]{1,8}', fullmatch=True)
)
def test_the_spelling_of_a_spelling_is_itself(text: str) -> None:
    for spelling in (canonical_user_id, canonical_item_id, item_key):
        assert spelling(spelling(text)) == spelling(text)
        assert len(spelling(text)) <= MAX_ID_LENGTH


@pytest.mark.parametrize("text", ["Ab 001", "AB001", "ab001", "AB\u00a0001 "])
def test_an_item_has_one_key_in_every_spelling(text: str) -> None:
    assert item_key(text) == "ab001"


def test_items_whose_codes_differ_otherwise_have_other_keys() -> None:
    assert len({item_key(one) for one in ("AB-001", "AB001", "AB0010", "\u00c4B001")}) == 4


@pytest.mark.parametrize(
    "item_ids",
    [["A", "b-1", "C_2"], [], [""], ["A", "", "B"], ["A\nB", "c"], ["A\n", "\nB"], ["A", "\u00c4 1", "8.0"]],
)
def test_many_item_ids_have_the_keys_that_single_ones_have(item_ids: list[str]) -> None:
    assert item_keys(item_ids) == [item_key(item_id) for item_id in item_ids]
