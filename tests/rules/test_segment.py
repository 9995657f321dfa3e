import numpy as np
import pytest

from recsvc.errors import RulesError
from recsvc.rules.segment import Kind, ShopperFields, parse_segment

KINDS: dict[str, Kind] = {"orders": "number", "state": "text", "categories": "list"}
GARDEN, TOYS = np.asarray([True, False, False, True]), np.asarray([False, False, True, True])
FOUR = ShopperFields(
    4,
    {"orders": np.asarray([1.0, 2.0, np.nan, 3.0])},
    {"state": ["due", "new", None, "due"]},
    {
        "categories": lambda values: np.logical_or.reduce(
            [{"Garden": GARDEN, "Toys": TOYS}.get(str(value), np.zeros(4, bool)) for value in values]
        )
    },
)


@pytest.mark.parametrize(
    ("segment", "found"),
    [
        ("orders >= 2", [1, 3]),
        ('state == "due"', [0, 3]),
        ('state = "due"', [0, 3]),
        ('state != "due"', [1]),
        ('state in ["due", "new"] and orders < 3', [0, 1]),
        ('"Garden" in categories', [0, 3]),
        ('"Garden" not in categories', [1, 2]),
        ('categories in ["Garden", "Toys"] and not (orders = 3)', [0, 2]),
        ('"Nothing" in categories or state = "new"', [1]),
    ],
)
def test_a_segment_holds_who_meets_its_condition(segment: str, found: list[int]) -> None:
    assert np.flatnonzero(FOUR.meeting(parse_segment(segment, KINDS))).tolist() == found


@pytest.mark.parametrize(
    ("segment", "said"),
    [
        ("price > 3", "there is no price; a segment may ask for orders, state, categories"),
        ('stat = "due"', "did you mean state?"),
        ("shopper.orders > 1", "there is no shopper.orders"),
        ('attributes."a" = 1', "there is no attributes"),
        ("orders", "compare it"),
        ("orders = 'x'", "never the same"),
        ("categories = 'Garden'", "several values"),
        ("orders >", "found the end"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(segment: str, said: str) -> None:
    with pytest.raises(RulesError, match=r"column \d+") as caught:
        parse_segment(segment, KINDS)
    assert said in str(caught.value)
