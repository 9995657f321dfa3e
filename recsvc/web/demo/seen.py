"""What the script of the pages tells: cards that were in view, half of each for a second."""

from flask import Blueprint, Response, request

from recsvc.identity.external_id import MAX_ID_LENGTH, is_storable
from recsvc.web.demo.shop import DemoShop, came_from

MAX_CARDS = 50


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add where it is told."""

    @pages.post("/demo/seen")
    def seen() -> Response:
        if shop.visit.is_somebody:
            fields = (request.form.getlist(name)[:MAX_CARDS] for name in ("list", "rank", "item"))
            shop.tell(
                [
                    {"type": "impression", "item_id": item_id, "seen": True, **origin}
                    for name, rank, item_id in zip(*fields, strict=False)
                    if (origin := came_from({"list": name, "rank": rank}))
                    and 1 <= len(item_id) <= MAX_ID_LENGTH
                    and is_storable(item_id)
                ]
            )
        return Response(status=204)
