"""Who is nobody."""

import pytest

from recsvc.identity.nobody import BY_NAME, is_placeholder, session_id_of

NOBODY = (
    "0", "0.0", "-1", "guest", "Guest", "GAST", "null", "undefined", "nan", "None", "unknown", "anonymous", "n/a",
    "guest@shop.test", "Guest+7@Shop.test", "no-reply@shop.test", "Walk-in Customer", "walk_in", "NOT LOGGED IN",
    "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", " ", "\u200b", "Laufkundschaft",
    "deleted@site.invalid", "7@INVALID",
)  # fmt: skip
SOMEBODY = (
    "17850",
    "10",
    "00",
    "Anna",
    "anna@shop.test",
    "guestavo@shop.test",
    "anna@invalid.test",
    "Nancy",
    "guest7",
    "user-0",
    "-12",
)


@pytest.mark.parametrize("user_id", NOBODY)
def test_placeholders_are_nobody(user_id: str) -> None:
    assert is_placeholder(user_id)
    assert BY_NAME.user_id_of(user_id) is None


@pytest.mark.parametrize("user_id", SOMEBODY)
def test_others_are_somebody(user_id: str) -> None:
    assert not is_placeholder(user_id)
    assert BY_NAME.user_id_of(user_id) == user_id


def test_a_visit_keeps_its_spelling_unless_it_is_none() -> None:
    assert session_id_of("C0FFEE@1.0 ") == "C0FFEE@1.0 "
    assert session_id_of("undefined") is None
    assert session_id_of(None) is None
