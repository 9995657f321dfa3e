"""The cart, what goes with what is in it, and buying it."""

from secrets import token_hex

from flask import Blueprint, Response, abort, request

from recsvc.ranking.query import MAX_CONTEXT_ITEMS, Placement
from recsvc.web.asked import needed_id
from recsvc.web.demo.lines import lines_of
from recsvc.web.demo.shop import DemoShop
from recsvc.web.page import see_other


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add the page, and what its forms do."""

    @pages.get("/demo/cart")
    def cart() -> str:
        lines = lines_of(shop, shop.visit.cart)
        item_ids = tuple(line.card.item_id for line in lines)[:MAX_CONTEXT_ITEMS]
        shelves = shop.shelves((Placement.BOUGHT_TOGETHER,), item_ids) if item_ids else []
        prices = [line.sum for line in lines if line.sum is not None]
        return shop.show(
            "demo/cart.html", shelves, lines=lines, total=sum(prices), order=f"demo-{token_hex(6)}"
        )

    @pages.post("/demo/cart/out")
    def take_out() -> Response:
        item_id, response = needed_id(request.form, "id", "the item"), see_other("/demo/cart")
        if item_id in dict(shop.visit.cart):
            shop.keep(response, shop.visit.with_more(item_id, 0))
        return response

    @pages.post("/demo/buy")
    def buy() -> Response:
        visit, order_id = shop.visit, needed_id(request.form, "order", "the order")
        if not visit.cart:
            abort(422, "The cart is empty.")
        purchases = [
            {
                "type": "purchase",
                "item_id": line.card.item_id,
                "quantity": line.quantity,
                "order_id": order_id,
                "event_id": f"{order_id}/{number}",
                **({} if line.card.price is None else {"unit_price": line.card.price}),
            }
            for number, line in enumerate(lines_of(shop, visit.cart), start=1)
        ]
        shop.tell_for_sure(purchases)
        response = see_other("/demo/thanks")
        shop.keep(response, visit.after_order())
        return response
