"""``/v1/users``: what is held on a shopper: shown, joined, erased."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import structlog
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel
from werkzeug.exceptions import NotFound

from recsvc.api.body import json_object_of
from recsvc.api.fields import now_us, to_text
from recsvc.api.listeners import OnShoppers, tell
from recsvc.api.paths import EXTERNAL_ID, USER_ID, UserPath
from recsvc.api.problems import documented
from recsvc.api.user_schemas import MergeFields, MergeResponse, Receipt, UserResponse
from recsvc.store.shopper import Erasure
from recsvc.store.store import Shoppers

Holder: TypeAlias = Callable[[str], Any]
"""Returns, as JSON values, what is held on a user id outside the store, or None where that is nothing."""

_PATH = f"/v1/users/<{USER_ID}:user_id>"
_MERGE_PATH = f"/v1/users/<{EXTERNAL_ID}:user_id>/merge"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Holders:
    """Who else holds something on shoppers.

    Attributes:
        export: by name, who is asked when a shopper is shown.
        on_merged: told whose lists may have changed.
        on_erased: makes everybody else forget; a receipt is given only if it does not raise.
    """

    on_merged: OnShoppers
    on_erased: Callable[[Erasure], None]
    export: Mapping[str, Holder] = field(default_factory=dict)


def blueprint(shoppers: Shoppers, holders: Holders, max_bytes: int) -> APIBlueprint:
    """Return the routes that answer for ``shoppers`` and for the other ``holders``."""
    api = APIBlueprint(
        "users",
        __name__,
        abp_tags=[Tag(name="users", description="What is held on a shopper.")],
        abp_responses=documented(422, 503),
    )
    api.before_request(json_object_of(max_bytes))

    @api.get(
        _PATH,
        operation_id="export_user",
        summary="Everything held on a shopper, under whichever of their ids",
        responses={200: UserResponse, **documented(404)},
    )
    def _export(path: UserPath) -> Response:
        export = shoppers.export(path.user_id)
        held = {name: holder(export.user_id) for name, holder in holders.export.items()}
        elsewhere = {name: value for name, value in held.items() if value is not None}
        if not (export.events or export.merges or elsewhere):
            raise NotFound("nothing is held on this user_id")
        return _json(UserResponse.of(export, elsewhere))

    @api.delete(
        _PATH,
        operation_id="erase_user",
        summary="Forget a shopper under all their ids, for good",
        responses={200: Receipt},
    )
    def _erase(path: UserPath) -> Response:
        erased_at_us = now_us()
        erasure = shoppers.erase(path.user_id, erased_at_us)
        holders.on_erased(erasure)
        return _json(_receipt(erasure, erased_at_us))

    @api.post(
        _MERGE_PATH,
        operation_id="merge_user",
        summary="Join a session or a second account to a shopper",
        responses={200: MergeResponse, **documented(400, 409, 413, 415)},
    )
    def _merge(path: UserPath, body: MergeFields) -> Response:
        kind, from_id = body.source()
        moved = shoppers.merge(kind, from_id, path.user_id, now_us())
        users = {path.user_id, from_id} if kind == "user" else {path.user_id}
        tell(holders.on_merged, frozenset(users), frozenset() if kind == "user" else frozenset({from_id}))
        return _json(MergeResponse(user_id=path.user_id, events=moved))

    return api


def _receipt(erasure: Erasure, erased_at_us: int) -> Receipt:
    receipt = Receipt(
        receipt_id=secrets.token_hex(16),
        erased_at=to_text(erased_at_us),
        events=erasure.events,
        merged=erasure.merges,
    )
    _log.info("user_erased", **receipt.model_dump())
    return receipt


def _json(answer: BaseModel) -> Response:
    return Response(
        answer.model_dump_json(), mimetype="application/json", headers={"Cache-Control": "private, no-store"}
    )
