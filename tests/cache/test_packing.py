import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.cache.packing import packed, unpacked

LIST = json.dumps(
    {
        "user_id": "17850",
        "recommendation_id": "b0bc4a4125acfcb52ae9e7a9",
        "placement": "for_you",
        "strategy": "personalized",
        "model_version": "20261123T020331946Z-3382e2",
        "items": [
            {
                "item_id": str(22630 + rank),
                "rank": rank,
                "score": round(1 - rank / 77, 4),
                "source": "co_purchase",
                "reason": {"type": "because_you_bought", "item_ids": ["22633", "22632", "84029E"]},
            }
            for rank in range(1, 11)
        ],
    },
    separators=(",", ":"),
).encode()


@given(st.binary())
def test_what_is_taken_out_is_what_was_put_in(value: bytes) -> None:
    assert unpacked(packed(value)) == value


def test_a_list_of_ten_takes_less_than_a_fifth_of_its_size() -> None:
    assert unpacked(packed(LIST)) == LIST
    assert len(packed(LIST)) < len(LIST) / 5


@pytest.mark.parametrize("kept", [b"", LIST, packed(LIST)[:-1], packed(LIST)[:40]])
def test_what_is_damaged_or_not_ours_is_nothing(kept: bytes) -> None:
    assert unpacked(kept) is None
