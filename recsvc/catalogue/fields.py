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

from recsvc.identity.external_id import STORABLE_TEXT
from recsvc.value_errors import MAX_QUOTED, in_words

MAX_ERRORS = 20
"""How many errors go into one answer."""

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
    problems = error.errors(include_url=False)[:MAX_ERRORS]
    return [
        {
            "field": ".".join(str(part) for part in problem["loc"])[:MAX_QUOTED] or "body",
            "message": in_words(problem, _known_names(error.title)),
        }
        for problem in problems
    ]


def summary(errors: Sequence[dict[str, str]]) -> str:
    """Return the first few of ``errors`` in one line."""
    return "; ".join(f"{error['field']}: {error['message']}" for error in errors[:_MAX_SUMMARISED])


@cache
def _known_names(title: str) -> frozenset[str]:
    """Return the fields of the request whose model is called ``title``, and of what it holds."""
    waiting, names = [RequestModel], set[str]()
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__name__ == title:
            schema = model.model_json_schema()
            for part in (schema, *schema.get("$defs", {}).values()):
                names |= part.get("properties", {}).keys()
    return frozenset(names)
