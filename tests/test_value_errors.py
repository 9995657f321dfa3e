"""Whatever pydantic refuses, its own words reach nobody."""

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from recsvc.catalogue.fields import RequestModel, invalid_fields
from recsvc.value_errors import in_words


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field("x", min_length=1, max_length=3)
    long: str = Field("xx", min_length=2)
    whole: int = Field(1, gt=0, le=9)
    number: float = Field(1, ge=0, lt=9, allow_inf_nan=False)
    yes: Annotated[bool, Strict()] = True
    names: list[str] = Field(default_factory=list, max_length=2)
    one_of: Literal["a", "b"] = "a"
    table: dict[str, int] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": 5}, "must be text, got 5"),
        ({"text": ""}, "must not be empty, got ''"),
        ({"text": "long"}, "may have at most 3 characters, got 'long'"),
        ({"long": "x"}, "must have at least 2 characters, got 'x'"),
        ({"whole": "x"}, "must be a whole number, got 'x'"),
        ({"whole": 1.5}, "must be a whole number, got 1.5"),
        ({"whole": 0}, "must be greater than 0, got 0"),
        ({"whole": 10}, "must be at most 9, got 10"),
        ({"number": "x"}, "must be a number, got 'x'"),
        ({"number": -1}, "must be at least 0, got -1"),
        ({"number": 9}, "must be less than 9, got 9"),
        ({"number": float("inf")}, "must be a finite number, got inf"),
        ({"yes": "x"}, "must be true or false, got 'x'"),
        ({"names": "x"}, "must be a list, got 'x'"),
        ({"names": ["a", "b", "c"]}, "may have at most 2 entries"),
        ({"one_of": "c"}, "must be 'a' or 'b', got 'c'"),
        ({"table": 1}, "must be an object with named fields, got 1"),
        ({"texts": "x"}, "there is no field of this name; did you mean text?"),
        ({"quite_another": "x"}, "there is no field of this name"),
    ],
)
def test_what_a_value_must_be_is_said_with_the_value(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(given)
    (problem,) = refused.value.errors()
    assert in_words(problem, Everything.model_fields) == said


class Asked(RequestModel):
    user_id: str
    n: int = 1


@pytest.mark.parametrize("misspelled", ["userid", "user", "User_ID"])
def test_a_field_of_a_request_that_is_misspelled_is_told_the_right_name(misspelled: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Asked.model_validate({misspelled: "ada"})
    told = {one["field"]: one["message"] for one in invalid_fields(refused.value)}
    assert told == {
        "user_id": "is missing",
        misspelled: "there is no field of this name; did you mean user_id?",
    }
    assert json.dumps(told)
