"""The page of an item: alternatives, what goes with it, and the cart."""

from flask import Blueprint, Response, abort, request

from recsvc.ranking.query import Placement
from recsvc.web.asked import needed_id
from recsvc.web.cards import cards_of
from recsvc.web.demo.shop import DemoShop, came_from, drawn_here, name_of
from recsvc.web.demo.visit import MAX_QUANTITY
from recsvc.web.entry.guard import is_from_here
from recsvc.web.page import see_other

LISTS = (Placement.BOUGHT_TOGETHER, Placement.SIMILAR)


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add the page, and what its form does."""

    @pages.get("/demo/item")
    def item() -> Response | str:
        if not shop.visit.is_somebody:
            return see_other("/demo/shoppers")
        item_id = _sold(shop, request.args.get("id", ""))
        origin = came_from(request.args)
        if is_from_here(request):
            shop.tell(_looks(item_id, origin))
        card, described = cards_of(shop.site, {item_id: ""})[0], shop.described([item_id])[0]
        categories = described["categories"] or [None]
        return shop.show(
            "demo/item.html",
            shop.shelves(LISTS, (item_id,)),
            card=drawn_here(card),
            category=categories[0],
            origin=origin,
            most=MAX_QUANTITY,
        )

    @pages.post("/demo/cart")
    def put_in() -> Response:
        item_id, visit = _sold(shop, request.form.get("id", "")), shop.visit
        quantity = _quantity(request.form.get("quantity", "1"))
        response = see_other("/demo/cart")
        if not visit.is_somebody:
            return see_other("/demo/shoppers")
        fuller = visit.with_more(item_id, quantity)
        if item_id not in dict(fuller.cart) or not shop.keep(response, fuller):
            abort(422, "The cart of the demo shop is full. Buy what is in it, or take something out.")
        shop.tell(
            [{"type": "add_to_cart", "item_id": item_id, "quantity": quantity, **came_from(request.form)}]
        )
        return response


def _sold(shop: DemoShop, item_id: str) -> str:
    item_id = needed_id({"id": item_id}, "id", "the item")
    if not shop.is_sold(item_id):
        abort(404, f"The shop does not know an item {item_id!r}.")
    return item_id


def _looks(item_id: str, origin: dict[str, object]) -> list[dict[str, object]]:
    """Return that somebody opened the page, and by which list they came."""
    view: dict[str, object] = {"type": "view", "item_id": item_id}
    if not origin:
        return [view]
    event_id = name_of("click", str(origin["recommendation_id"]), item_id)
    return [{"type": "click", "item_id": item_id, "event_id": event_id, **origin}, view]


def _quantity(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 2
    return max(int(text), 1) if is_number else 1
