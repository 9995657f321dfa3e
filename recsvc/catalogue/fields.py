"""Strict fields, and words for what is wrong with one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import ErrorDetails

from recsvc.identity.external_id import STORABLE_TEXT

MAX_ERRORS = 20
MAX_QUOTED = 80
"""How many errors, and how much of a client's text, go into one answer."""

_MAX_SUMMARISED = 5

Money = Annotated[float, Strict(), Field(ge=0, le=1e12, allow_inf_nan=False)]


def text(max_length: int, min_length: int = 0) -> Any:  # noqa: ANN401 - pydantic's marker
    """Return what marks a str as text of that many characters, without NUL."""
    return StringConstraints(min_length=min_length, max_length=max_length, pattern=STORABLE_TEXT)


class RequestModel(BaseModel):
    """A request refuses fields that it does not know: a misspelled one would silently do nothing."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    @cache
    def _schema(cls) -> dict[str, Any]:
        return super().model_json_schema()

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - as inherited
        """Return the JSON schema; it is kept, because flask-openapi3 asks for it at each request."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else cls._schema()


@dataclass(frozen=True)
class Refused:
    """Stands among several entries for one that could not be read; ``detail`` says why."""

    detail: str


def or_reason(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - pydantic's
    """Return what ``handler`` makes of ``value``, or a ``Refused`` that says why it cannot."""
    try:
        return handler(value)
    except ValidationError as error:
        return Refused(summary(invalid_fields(error)))


def invalid_fields(error: ValidationError) -> list[dict[str, str]]:
    """Return ``field`` and ``message`` of each error, at most ``MAX_ERRORS``."""
    problems = error.errors(include_url=False, include_context=False)[:MAX_ERRORS]
    return [
        {
            "field": ".".join(str(part) for part in problem["loc"])[:MAX_QUOTED] or "body",
            "message": _message(problem),
        }
        for problem in problems
    ]


def summary(errors: Sequence[dict[str, str]]) -> str:
    """Return the first few of ``errors`` in one line."""
    return "; ".join(f"{error['field']}: {error['message']}" for error in errors[:_MAX_SUMMARISED])


def _message(error: ErrorDetails) -> str:
    """Return what is wrong with a field, and with which value where that is a short one."""
    value, message = error.get("input"), error["msg"].removeprefix("Value error, ")
    return f"{message}, got {value!r:.{MAX_QUOTED}}" if isinstance(value, str | int | float) else message
