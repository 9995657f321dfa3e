"""``/v1/items``: reads and writes the catalogue."""

from http import HTTPStatus
from typing import Annotated

from flask import Response, request
from flask_openapi3 import Tag
from flask_openapi3.models.schema import Schema
from pydantic import BaseModel, Field, InstanceOf, ValidationError, WrapValidator
from pydantic.json_schema import SkipJsonSchema
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from recsvc.api.bodies import StrictJsonError, answer_json, read_body, read_json, require_json_object
from recsvc.api.paths import ITEM_ID
from recsvc.api.problems import (
    MAX_BATCH,
    Rejected,
    documented,
    refuse_all,
    refuse_fields,
    refuse_repeated,
    split,
)
from recsvc.api.rate_limit import charge, cost_of_entries
from recsvc.api.routes import Routes
from recsvc.catalogue.fields import Refused, RequestModel, or_reason
from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import CatalogueItem, ItemEntry, ItemFields, ItemPatch
from recsvc.catalogue.ndjson_items import read_items
from recsvc.clock import now_us
from recsvc.identity.external_id import StoredId
from recsvc.identity.spelling import canonical_item_id
from recsvc.store.item_catalogue import Catalogue

NDJSON = ("application/x-ndjson", "application/jsonlines")
MAX_LINES = 10_000
_PATH = f"/v1/items/<{ITEM_ID}:item_id>"
_ANY_PATH = "/v1/items"


class ItemPath(BaseModel):
    """Names an item."""

    item_id: StoredId = Field(description="Percent-encoded; may contain slashes.")


class ItemQuery(RequestModel):
    """Names an item in the query string, which clients and proxies leave as it is."""

    item_id: StoredId = Field(description="Percent-encoded; any id, also one that a path cannot carry.")


class ItemBatch(RequestModel):
    """Up to 1,000 items, each as for PUT."""

    items: list[Annotated[ItemEntry, WrapValidator(or_reason)] | SkipJsonSchema[InstanceOf[Refused]]] = Field(
        min_length=1, max_length=MAX_BATCH
    )


class ItemsResponse(BaseModel):
    """What became of the items."""

    accepted: int = Field(description="Stored, new or again.")
    rejected: list[Rejected] = Field(default_factory=list, description="Not as they should be; not stored.")


def blueprint(catalogue: Catalogue, max_bytes: int) -> Routes:
    """Return the routes that read and write ``catalogue``."""
    api = Routes(
        "items",
        __name__,
        abp_tags=[Tag(name="items", description="What is sold.")],
        abp_responses=documented(422, 503),
    )
    _add_single(api, catalogue)
    _add_any(api, catalogue)
    _add_bulk(api, catalogue)

    @api.before_request
    def _check() -> Response | None:
        request.max_content_length = max_bytes
        if request.path == _ANY_PATH and request.method != "POST":
            return refuse_repeated(ItemQuery)
        if request.method in ("PUT", "PATCH") or (request.method == "POST" and not _is_ndjson()):
            require_json_object()
        return None

    return api


def _add_single(api: Routes, catalogue: Catalogue) -> None:
    with_body = documented(400, 413, 415)

    @api.get(
        _PATH,
        operation_id="get_item",
        summary="An item",
        responses={200: CatalogueItem, **documented(404)},
    )
    def _get(path: ItemPath) -> Response:
        return _respond(_known(catalogue.get(path.item_id), path.item_id))

    @api.put(
        _PATH,
        operation_id="put_item",
        summary="Store an item, replacing all that was known of it",
        responses={200: CatalogueItem, 201: CatalogueItem, **with_body},
    )
    def _put(path: ItemPath, body: ItemFields) -> Response:
        item = body.to_item(canonical_item_id(path.item_id), now_us())
        created = catalogue.put([item])
        return _respond(item, HTTPStatus.CREATED if created else HTTPStatus.OK)

    @api.patch(
        _PATH,
        operation_id="patch_item",
        summary="Change some fields of an item",
        responses={200: CatalogueItem, **documented(404), **with_body},
    )
    def _patch(path: ItemPath, body: ItemPatch) -> Response:
        return _respond(_known(catalogue.patch(path.item_id, body.changes(now_us())), path.item_id))

    @api.delete(
        _PATH,
        operation_id="delete_item",
        summary="Withdraw an item: it is not shown any more, even if only the model knows it",
        responses={204: None},
    )
    def _delete(path: ItemPath) -> tuple[str, int]:
        catalogue.withdraw(path.item_id, now_us())
        return "", 204


def _add_any(api: Routes, catalogue: Catalogue) -> None:
    @api.get(
        _ANY_PATH,
        operation_id="get_any_item",
        summary="An item of any id, in the query string",
        responses={200: CatalogueItem, **documented(400, 404)},
    )
    def _get_any(query: ItemQuery) -> Response:
        return _respond(_known(catalogue.get(query.item_id), query.item_id))

    @api.delete(
        _ANY_PATH,
        operation_id="delete_any_item",
        summary="Withdraw an item of any id, in the query string",
        responses={204: None, **documented(400)},
    )
    def _delete_any(query: ItemQuery) -> tuple[str, int]:
        catalogue.withdraw(query.item_id, now_us())
        return "", 204


def _add_bulk(api: Routes, catalogue: Catalogue) -> None:
    schemas = ItemBatch.model_json_schema(ref_template="#/components/schemas/{model}")
    content = {
        "application/json": {"schema": {key: value for key, value in schemas.items() if key != "$defs"}},
        NDJSON[0]: {
            "schema": {"type": "string", "description": "One item as JSON a line, each with its item_id."}
        },
    }

    @api.post(
        _ANY_PATH,
        operation_id="post_items",
        summary="Store many items: up to 1,000 as JSON, or 10,000 lines of NDJSON",
        description="200 when all are stored; 207 when some are not as they should be: the others are stored.",
        responses={200: ItemsResponse, 207: ItemsResponse, **documented(400, 413, 415)},
        openapi_extensions={"requestBody": {"required": True, "content": content}},
    )
    def _post() -> Response:
        try:
            entries = _read_entries()
        except ValidationError as error:
            return refuse_fields(error)
        charge(cost_of_entries(len(entries)))
        updated_at_us = now_us()
        good, rejected = split(entries)
        if not good:
            return refuse_all("items", rejected)
        catalogue.put([entry.to_item(entry.item_id, updated_at_us) for entry in good])
        answer = ItemsResponse(accepted=len(good), rejected=rejected)
        return answer_json(answer, HTTPStatus.MULTI_STATUS if rejected else HTTPStatus.OK)

    for name, schema in schemas["$defs"].items():
        api.components_schemas[name] = Schema(**schema)


def _is_ndjson() -> bool:
    return request.mimetype in NDJSON


def _read_entries() -> list[ItemEntry | Refused]:
    if not _is_ndjson():
        return list(ItemBatch.model_validate(request.get_json()).items)
    lines = read_body().splitlines()
    if not lines:
        raise BadRequest("the body has no lines")
    if len(lines) > MAX_LINES:
        raise RequestEntityTooLarge(
            f"at most {MAX_LINES} lines at once, got {len(lines)}; send them in parts"
        )
    values = [_read_line(line) for line in lines]
    read = iter(read_items([value for value in values if not isinstance(value, Refused)]))
    return [value if isinstance(value, Refused) else next(read) for value in values]


def _read_line(line: bytes) -> object | Refused:
    try:
        value: object = read_json(line)
    except StrictJsonError as error:
        return Refused(f"the line {error}")
    return value


def _known(item: Item | None, item_id: str) -> Item:
    if item is None:
        raise NotFound(f"item_id {item_id!r:.80} is not in the catalogue; PUT it first")
    return item


def _respond(item: Item, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return answer_json(CatalogueItem.of(item), status)
