"""The page after an order: what it changed."""

from flask import Blueprint, Response

from recsvc.web.demo.home import PERSONAL
from recsvc.web.demo.shop import DemoShop
from recsvc.web.page import see_other


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add the page."""

    @pages.get("/demo/thanks")
    def thanks() -> Response | str:
        if not shop.visit.is_somebody:
            return see_other("/demo/shoppers")
        shelves = shop.shelves(PERSONAL)
        return shop.show("demo/thanks.html", shelves, n_new=sum(shelf.n_new for shelf in shelves))
