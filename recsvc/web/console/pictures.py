"""Pictures of items that have none."""

from contextlib import suppress
from typing import Any

from flask import Response, abort

from recsvc.errors import NoModelError
from recsvc.identity.external_id import MAX_ID_LENGTH, is_storable
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes
from recsvc.web.picture import draw

KEPT_SECONDS = 3600


def _add(routes: Routes) -> None:
    @routes.show("/<path:item_id>.svg")
    def picture(item_id: str) -> Response:
        if len(item_id) > MAX_ID_LENGTH or not is_storable(item_id):
            abort(404)
        item: dict[str, Any] = {"item_id": item_id, "title": None, "categories": None}
        with suppress(NoModelError):
            routes.site.describe([item], ("title", "categories"))
        categories = item["categories"]
        response = Response(
            draw(item_id, item["title"], str(categories[0]) if categories else None), mimetype="image/svg+xml"
        )
        response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
        return response


PAGE = Page("picture", "", Ability.SEE_ITEMS, _add)
