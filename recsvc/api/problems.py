"""Every error as ``application/problem+json`` (RFC 9457), and what is wrong with entries of a batch."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar, cast, get_origin

import structlog
from flask import Flask, Response, request
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from recsvc.catalogue.fields import MAX_ERRORS, Refused, invalid_fields, summary
from recsvc.errors import (
    ConflictError,
    ExperimentError,
    NoModelError,
    OverloadedError,
    QueryError,
    RulesError,
    StoreError,
    UnknownItemError,
    UnknownPlacementError,
)
from recsvc.metrics import Metrics

MIMETYPE = "application/problem+json"
MAX_BATCH = 1000
"""Entries that one request may hold."""

_log = structlog.get_logger(__name__)

T = TypeVar("T")


class InvalidField(BaseModel):
    """One field of a request that was refused."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, after RFC 9457; ``errors`` is there when fields were refused."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[InvalidField] = Field(default_factory=list)


class Rejected(BaseModel):
    """One of a batch that was not stored."""

    index: int = Field(description="Its place in the batch, 0 for the first.")
    detail: str = Field(description="What is wrong, and with which value.")


def split(entries: Sequence[T | Refused]) -> tuple[list[T], list[Rejected]]:
    """Return the good entries of a batch, and what is wrong with each of the others."""
    good = [entry for entry in entries if not isinstance(entry, Refused)]
    rejected = [
        Rejected(index=index, detail=entry.detail)
        for index, entry in enumerate(entries)
        if isinstance(entry, Refused)
    ]
    return good, rejected


def problem(status: int, detail: str | None, kind: str = "about:blank", **members: Any) -> Response:  # noqa: ANN401 - JSON
    """Return a problem document.

    Args:
        status: HTTP status code.
        detail: what is wrong and how to put it right.
        kind: names the condition for programs; ``about:blank`` says no more than the status.
        **members: further members of the document.
    """
    document = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }
    return Response(json.dumps(document), status, mimetype=MIMETYPE)


def documented(*statuses: int) -> ResponseDict:
    """Return the OpenAPI descriptions of the problem documents that an operation may answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MIMETYPE: {"schema": schema}}}
        for status in statuses
    }


def refuse_fields(error: ValidationError) -> Response:
    """Answer a request whose fields are not as the schema says."""
    return refuse(invalid_fields(error))


def refuse(errors: Sequence[dict[str, str]]) -> Response:
    """Answer a request whose fields, named in ``errors``, are not as they should be."""
    return problem(422, summary(errors), "urn:recsvc:problem:invalid-request", errors=errors[:MAX_ERRORS])


def refuse_repeated(model: type[BaseModel]) -> Response | None:
    """Answer a query string that gives a field of ``model`` twice that holds one value; None where none is."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for name, values in request.args.lists():
        field = fields.get(name)
        if len(values) > 1 and field is not None and get_origin(field.annotation) is not list:
            return refuse([{"field": name, "message": f"is given {len(values)} times; give it once"}])
    return None


def refuse_all(name: str, rejected: Sequence[Rejected]) -> Response:
    """Answer a request whose batch, the field ``name``, has no entry that can be stored."""
    return refuse(_fields_of(name, rejected))


def refuse_conflicts(name: str, conflicts: Sequence[Rejected]) -> Response:
    """Answer a request whose batch, the field ``name``, has only entries that contradict what is stored."""
    errors = _fields_of(name, conflicts)
    return problem(409, summary(errors), "urn:recsvc:problem:conflict", errors=errors)


def _fields_of(name: str, rejected: Sequence[Rejected]) -> list[dict[str, str]]:
    return [{"field": f"{name}.{entry.index}", "message": entry.detail} for entry in rejected[:MAX_ERRORS]]


def _unknown_placement(error: UnknownPlacementError) -> Response:
    return refuse([{"field": "placement", "message": str(error)}])


def later(response: Response, seconds: int) -> Response:
    """Return ``response``, saying that the request may be sent again after so many seconds."""
    response.headers["Retry-After"] = str(seconds)
    return response


def init_app(app: Flask, metrics: Metrics) -> None:
    """Turn each exception that leaves a view into a problem document."""
    app.register_error_handler(UnknownPlacementError, _unknown_placement)

    @app.errorhandler(UnknownItemError)
    def _unknown_item(error: UnknownItemError) -> Response:
        return problem(404, str(error), "urn:recsvc:problem:unknown-item")

    @app.errorhandler(QueryError)
    @app.errorhandler(RulesError)
    @app.errorhandler(ExperimentError)
    def _invalid(error: QueryError | RulesError | ExperimentError) -> Response:
        return problem(422, str(error), "urn:recsvc:problem:invalid-request")

    @app.errorhandler(ConflictError)
    def _conflict(error: ConflictError) -> Response:
        return problem(409, str(error), "urn:recsvc:problem:conflict")

    @app.errorhandler(StoreError)
    def _store(_error: StoreError) -> Response:
        # The store has logged the reason, which may name hosts and paths: those are not for clients.
        detail = "The store does not answer; nothing of this request was stored. Send it again later."
        return later(problem(503, detail, "urn:recsvc:problem:store-unavailable"), 1)

    @app.errorhandler(NoModelError)
    def _no_model(error: NoModelError) -> Response:
        return later(problem(503, str(error), "urn:recsvc:problem:no-model"), 2)

    @app.errorhandler(OverloadedError)
    def _overloaded(error: OverloadedError) -> Response:
        metrics.shed.inc()
        return later(problem(503, str(error), "urn:recsvc:problem:overloaded"), 1)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None:  # aborted with a finished document
            return cast("Response", error.response)
        original = error.get_response()
        response = problem(original.status_code, error.description)
        # What the status demands beside the document: Allow, Retry-After, Location …
        response.headers.extend({k: v for k, v in original.headers if not k.startswith("Content-")})
        return response

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> Response:
        # The traceback names code, not data: locals, which may hold ids, are not logged.
        _log.error("request_failed", error=type(error).__name__, exc_info=error)
        return problem(500, "The service failed to answer; its log has the traceback.")
