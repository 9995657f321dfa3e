"""Many things in one request: the good ones are kept, each of the others is answered with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response
from pydantic import BaseModel, Field, ValidationError, ValidatorFunctionWrapHandler

from recsvc.api.problems import MAX_ERRORS, invalid_fields, refuse, summary

MAX_BATCH = 1000

T = TypeVar("T")


class Rejected(BaseModel):
    """One of a batch that was not stored."""

    index: int = Field(description="Its place in the batch, 0 for the first.")
    detail: str = Field(description="What is wrong, and with which value.")


@dataclass(frozen=True)
class Refused:
    """Stands in a batch for what could not be read."""

    detail: str


def or_reason(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - pydantic's
    """Return what ``handler`` makes of ``value``, or why it cannot."""
    try:
        return handler(value)
    except ValidationError as error:
        return Refused(summary(invalid_fields(error)))


def split(entries: Sequence[T | Refused]) -> tuple[list[T], list[Rejected]]:
    """Return the good entries, and the others with their places."""
    good = [entry for entry in entries if not isinstance(entry, Refused)]
    rejected = [
        Rejected(index=index, detail=entry.detail)
        for index, entry in enumerate(entries)
        if isinstance(entry, Refused)
    ]
    return good, rejected


def refuse_all(name: str, rejected: Sequence[Rejected]) -> Response:
    """Answer a batch called ``name`` of which nothing can be kept."""
    return refuse([{"field": f"{name}.{one.index}", "message": one.detail} for one in rejected[:MAX_ERRORS]])
