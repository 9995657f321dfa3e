"""``/v1/placements``: the rules by which the shop shapes its lists beside relevance."""

from http import HTTPStatus
from typing import Any, Literal

from flask import Response
from flask_openapi3 import Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import NotFound

from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import NAME_PATTERN, PlacementRules
from recsvc.rules.rule_book import Origin, RuleBook
from recsvc.serving.rule_changes import InForce, RuleChanges


class PlacementPath(BaseModel):
    """Names a placement."""

    name: str = Field(description="Built-in, or the shop's own.", pattern=NAME_PATTERN)


class PlacementResponse(BaseModel):
    """A placement, built in or the shop's own, and its rules."""

    name: str
    origin: Literal["store", "file", "built-in"] = Field(
        description="Where its rules come from: PUT, recsvc.toml, or nowhere, as it is built in."
    )
    base: Placement
    rules: dict[str, Any] = Field(description="As for PUT.")

    @classmethod
    def of(cls, name: str, rules: PlacementRules, origin: Origin) -> "PlacementResponse":
        """Return ``rules`` as answers show them."""
        return cls(name=name, origin=origin.value, base=rules.base_of(name), rules=rules.as_json())


class PlacementsResponse(BaseModel):
    """All placements."""

    placements: list[PlacementResponse]

    @classmethod
    def of(cls, book: RuleBook) -> "PlacementsResponse":
        """Return the placements of ``book`` as answers show them."""
        return cls(
            placements=[
                PlacementResponse.of(name, rules, book.origin_of(name)) for name, rules in book.all().items()
            ]
        )


_PATH = "/v1/placements/<name>"


def blueprint(changes: RuleChanges, max_bytes: int) -> Routes:
    """Return the routes that show the rules in force and change those that the store holds."""
    api = Routes(
        "placements",
        __name__,
        abp_tags=[
            Tag(name="placements", description="What the shop wants of its lists: docs/guides/rules.md.")
        ],
        abp_responses=documented(503),
    )
    api.before_request(json_object_of(max_bytes))
    _add_readers(api, changes.in_force)
    _add_writers(api, changes)
    return api


def _add_readers(api: Routes, in_force: InForce) -> None:
    @api.get(
        "/v1/placements",
        operation_id="list_placements",
        summary="All placements, and where the rules of each come from",
        responses={200: PlacementsResponse},
    )
    def _all() -> Response:
        return answer_json(PlacementsResponse.of(in_force.book()))

    @api.get(
        _PATH,
        operation_id="get_placement",
        summary="A placement",
        responses={200: PlacementResponse, **documented(404, 422)},
    )
    def _get(path: PlacementPath) -> Response:
        return _respond(in_force.book(), path.name)


def _add_writers(api: Routes, changes: RuleChanges) -> None:
    @api.put(
        _PATH,
        operation_id="put_placement",
        summary="Store the rules of a placement, replacing all that it had; in force everywhere within a second",
        responses={200: PlacementResponse, 201: PlacementResponse, **documented(400, 413, 415, 422)},
    )
    def _put(path: PlacementPath, body: PlacementRules) -> Response:
        answer = PlacementResponse.of(path.name, body, Origin.STORE)
        before = changes.put(path.name, body)
        return answer_json(answer, HTTPStatus.OK if before else HTTPStatus.CREATED)

    @api.delete(
        _PATH,
        operation_id="delete_placement",
        summary="Delete the rules that were PUT; those of the file, or of the built-in placement, are in force again",
        responses={204: None, **documented(404, 409, 422)},
    )
    def _delete(path: PlacementPath) -> tuple[str, int]:
        if not changes.delete(path.name):
            raise NotFound(
                f"no rules are stored for a placement {path.name!r}; GET /v1/placements shows all that are in force"
            )
        return "", 204


def _respond(book: RuleBook, name: str) -> Response:
    rules = book.get(name)
    if rules is None:
        raise NotFound(f"there is no placement {name!r}; GET /v1/placements shows all")
    return answer_json(PlacementResponse.of(name, rules, book.origin_of(name)))
