from typing import Any

import pytest
from pydantic import ValidationError

from recsvc.moments.benefit import Benefit

LEAST = {"title": "Free shipping", "cost": 4.9}


def test_a_benefit_comes_back_as_it_was_written() -> None:
    written = {
        **LEAST,
        "when": "shopper.orders >= 2",
        "start": "2026-12-01T00:00:00Z",
        "url": "https://shop.example/x",
    }
    again = Benefit.model_validate(Benefit.model_validate(written).model_dump(mode="json"))
    assert again == Benefit.model_validate(written)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"when": "price < 5"}, "looks at price"),
        ({"when": 'item_id in ["tea"]'}, "the page or an item"),
        ({"when": 'shopper.orders >= 2 or not (item_id == "tea")'}, "the page or an item"),
        ({"when": 'not ("tea" in context.categories)'}, "the page or an item"),
        ({"when": "shopper.orders >"}, "column"),
        ({"cost": -1}, "cost"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"start": "2026-12-02", "end": "2026-12-01"}, "must be after"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Benefit.model_validate({**LEAST, **more})


def test_a_category_may_be_called_as_anything_in_the_code_is() -> None:
    when = '"ItemIs" in shopper.categories'
    assert Benefit.model_validate({**LEAST, "when": when}).when == when
