"""``/v1/placements``: the rules by which the shop shapes its lists beside relevance."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import NotFound

from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.problems import documented
from recsvc.clock import now_us
from recsvc.errors import ConflictError, RulesError
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import NAME_PATTERN, PlacementRules
from recsvc.rules.rule_book import Origin, RuleBook
from recsvc.store.stored_placements import StoredPlacement, StoredPlacements


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


@dataclass(frozen=True)
class InForce:
    """The rules that this worker applies.

    Attributes:
        book: returns the rules of all placements.
        refresh: takes up at once what the store says.
        check: raises RulesError where the rules of a placement cost too much beside all others.
        problem_of: returns why the rules of a placement are not used, or None.
    """

    book: Callable[[], RuleBook]
    refresh: Callable[[], None]
    check: Callable[[str, PlacementRules], None]
    problem_of: Callable[[str], str | None]


def blueprint(placements: StoredPlacements, in_force: InForce, max_bytes: int) -> APIBlueprint:
    """Return the routes that show the rules ``in_force`` and change those that the store holds."""
    api = APIBlueprint(
        "placements",
        __name__,
        abp_tags=[
            Tag(name="placements", description="What the shop wants of its lists: docs/guides/rules.md.")
        ],
        abp_responses=documented(503),
    )
    api.before_request(json_object_of(max_bytes))
    _add_readers(api, in_force)
    _add_writers(api, placements, in_force)
    return api


def _add_readers(api: APIBlueprint, in_force: InForce) -> None:
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


def _add_writers(api: APIBlueprint, placements: StoredPlacements, in_force: InForce) -> None:
    @api.put(
        _PATH,
        operation_id="put_placement",
        summary="Store the rules of a placement, replacing all that it had; in force everywhere within a second",
        responses={200: PlacementResponse, 201: PlacementResponse, **documented(400, 413, 415, 422)},
    )
    def _put(path: PlacementPath, body: PlacementRules) -> Response:
        answer = PlacementResponse.of(path.name, body, Origin.STORE)
        in_force.book().check_space_for(path.name)
        in_force.check(path.name, body)
        before = placements.get(path.name)
        placements.put(StoredPlacement(path.name, body.as_json(), now_us()))
        in_force.refresh()
        problem = in_force.problem_of(path.name)
        if problem is not None:  # only the values in the catalogue showed it
            _take_back(placements, path.name, before)
            in_force.refresh()
            raise RulesError(f"placement {path.name}: {problem}")
        return answer_json(answer, HTTPStatus.OK if before else HTTPStatus.CREATED)

    @api.delete(
        _PATH,
        operation_id="delete_placement",
        summary="Delete the rules that were PUT; those of the file, or of the built-in placement, are in force again",
        responses={204: None, **documented(404, 409, 422)},
    )
    def _delete(path: PlacementPath) -> tuple[str, int]:
        if not placements.delete(path.name, now_us()):
            _refuse_to_delete(path.name, in_force.book().origin_of(path.name))
        in_force.refresh()
        return "", 204


def _take_back(placements: StoredPlacements, name: str, before: StoredPlacement | None) -> None:
    if before is None:
        placements.delete(name, now_us())
    else:
        placements.put(before)


def _refuse_to_delete(name: str, origin: Origin) -> None:
    if origin is Origin.FILE:
        raise ConflictError(
            f"placement {name} comes from the settings file: delete [placements.{name}] there, and restart; "
            "a PUT replaces it until then"
        )
    raise NotFound(
        f"no rules are stored for a placement {name!r}; GET /v1/placements shows all that are in force"
    )


def _respond(book: RuleBook, name: str) -> Response:
    rules = book.get(name)
    if rules is None:
        raise NotFound(f"there is no placement {name!r}; GET /v1/placements shows all")
    return answer_json(PlacementResponse.of(name, rules, book.origin_of(name)))
