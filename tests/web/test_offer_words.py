from dataclasses import replace

import pytest

from recsvc.moments.benefit import NOTHING, Benefit
from recsvc.store.event import DAY_US
from recsvc.store.offers import Decision
from recsvc.web.offer_words import offer_sentence

SHIP = Benefit(title="Free shipping", cost=4.9, code="SHIP48")
OPEN = Decision("0" * 32, "ada", "ship", False, "due", 0.6, 4.9, 10 * DAY_US, 24 * DAY_US)


def test_what_may_be_taken_is_said_with_its_code_and_until_when() -> None:
    assert offer_sentence(OPEN, SHIP, 11 * DAY_US) == (
        "Offered until 25 Jan 1970: “Free shipping”, with the code SHIP48."
    )
    without = SHIP.model_copy(update={"code": None})
    assert offer_sentence(OPEN, without, 11 * DAY_US) == "Offered until 25 Jan 1970: “Free shipping”."


def test_what_was_taken_is_said_also_when_it_is_over_or_withdrawn() -> None:
    taken = replace(OPEN, taken_at_us=12 * DAY_US)
    said = "Offered on 11 Jan 1970 and taken on 13 Jan 1970:"
    assert offer_sentence(taken, SHIP, 99 * DAY_US) == f"{said} “Free shipping”."
    assert offer_sentence(taken, None, 99 * DAY_US) == f"{said} “ship”."


@pytest.mark.parametrize(
    ("decision", "benefit"),
    [
        (replace(OPEN, benefit=NOTHING), None),
        (replace(OPEN, is_held_out=True), SHIP),
        (replace(OPEN, expires_at_us=11 * DAY_US), SHIP),
        (OPEN, None),
    ],
    ids=["nothing", "held out", "expired", "withdrawn"],
)
def test_where_nothing_may_be_taken_nothing_is_said(decision: Decision, benefit: Benefit | None) -> None:
    assert offer_sentence(decision, benefit, 11 * DAY_US) == ""
