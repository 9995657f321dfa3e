"""Masked ids and numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.doctor.diagnosis import counted, masked, percentage


@pytest.mark.parametrize(
    ("user_id", "shown"), [("17850", "17…50"), ("anna@example.org", "an…rg"), ("1785", "1…"), ("a", "a…")]
)
def test_ids_are_masked(user_id: str, shown: str) -> None:
    assert masked(user_id) == shown


@given(user_id=st.text(min_size=1))
def test_no_more_than_four_characters_of_an_id_are_shown(user_id: str) -> None:
    assert len(masked(user_id)) <= 5
    assert masked(user_id) != user_id or "…" in user_id


def test_counts_and_shares_read_well() -> None:
    assert [counted(1, "user"), counted(2000, "user"), counted(0, "day")] == [
        "1 user",
        "2,000 users",
        "0 days",
    ]
    assert [percentage(share) for share in (0, 0.0001, 0.123, 1)] == ["0.0%", "under 0.1%", "12.3%", "100.0%"]
