"""The home page of the demo shop: four lists."""

from flask import Blueprint, Response

from recsvc.ranking.query import Placement
from recsvc.web.demo.shop import DemoShop
from recsvc.web.page import see_other

PERSONAL = (Placement.FOR_YOU, Placement.DISCOVER, Placement.BUY_AGAIN)
LISTS = (*PERSONAL, Placement.TRENDING)


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add the page."""

    @pages.get("/demo")
    def home() -> Response:
        if not shop.visit.is_somebody:
            return see_other("/demo/shoppers")
        shelves = shop.shelves(LISTS)
        response = Response(shop.show("demo/home.html", shelves))
        shown = {shelf.placement: [one.card.item_id for one in shelf.cards] for shelf in shelves}
        shop.keep(response, shop.visit.having_seen(shown))
        return response
