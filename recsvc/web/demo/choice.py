"""The choice of a shopper to be."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request

from recsvc.identity.nobody import is_placeholder
from recsvc.web.asked import id_in
from recsvc.web.cards import titles_of
from recsvc.web.demo.shop import DemoShop
from recsvc.web.demo.shoppers import bought_by, returning_shoppers
from recsvc.web.demo.visit import Visit
from recsvc.web.page import see_other

NAMED = 3
"""So many purchases say what a shopper is like."""


@dataclass(frozen=True)
class Choice:
    """A returning shopper.

    Attributes:
        user_id: whom to be.
        n_bought: different items that they bought.
        titles: of some of them.
    """

    user_id: str
    n_bought: int
    titles: tuple[str, ...]


def add(pages: Blueprint, shop: DemoShop) -> None:
    """Add the page, and what its form does."""

    @pages.get("/demo/shoppers")
    def choice() -> str:
        return render_template("demo/choice.html", choices=_choices(shop))

    @pages.post("/demo/shoppers")
    def be() -> Response:
        response = see_other("/demo")
        shop.keep(response, _chosen(request.form.get("who", "")))
        return response


def _chosen(who: str) -> Visit:
    if who == "guest":
        return Visit.of_guest()
    if who == "newcomer":
        return Visit.of_newcomer()
    user_id = id_in(request.form, "id")
    return Visit.of_guest() if not user_id or is_placeholder(user_id) else Visit(user_id=user_id)


def _choices(shop: DemoShop) -> list[Choice]:
    model = shop.site.service.live_model.current().recommender.model
    shoppers = {model.users.id_of(one): bought_by(model, one) for one in returning_shoppers(model)}
    titles = titles_of(shop.site, {item_id for bought in shoppers.values() for item_id in bought[:NAMED]})
    return [
        Choice(user_id, len(bought), tuple(titles.get(item_id, item_id) for item_id in bought[:NAMED]))
        for user_id, bought in shoppers.items()
    ]
