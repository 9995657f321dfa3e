"""The drawn pictures of items."""

from flask import Blueprint, Response, abort

from recsvc.identity.external_id import MAX_ID_LENGTH, is_storable
from recsvc.web.demo.shop import DemoShop
from recsvc.web.picture import draw

KEPT_SECONDS = 3600


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add the pictures."""

    @pages.get("/demo/picture/<path:item_id>.svg")
    def picture(item_id: str) -> Response:
        if len(item_id) > MAX_ID_LENGTH or not is_storable(item_id):
            abort(404)
        item = shop.described([item_id])[0]
        category = str(item["categories"][0]) if item["categories"] else None
        response = Response(draw(item_id, item["title"], category), mimetype="image/svg+xml")
        response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
        return response
