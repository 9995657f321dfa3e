"""``<recsvc-offer>`` in pages of another origin, in a real browser, with a real service behind it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from recsvc_client import shopper_token
from support.shop_site import Shop, open_shop, shop_site

from recsvc.store.benefits import StoredBenefit
from recsvc.store.store import open_store

SECRET = "s" * 40
TITLE = '<img src=x onerror="window.hacked=1">Free shipping'
BENEFIT = {"title": TITLE, "cost": 0, "code": "SHIP48", "url": "/free"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, published: Any) -> Iterator[Shop]:
    """A shop that offers something to whoever is not left out by chance."""
    with shop_site() as site:
        shop = open_shop(
            site, tmp_path_factory.mktemp("shop"), published, shopper_secret=SECRET, offer_hold_out=0
        )
        with closing(open_store(f"sqlite:///{shop.models}/recsvc.db")) as store:
            body = {**BENEFIT, "url": f"{site.origin}/free"}
            store.benefits.put(StoredBenefit("ship", body, 1), 50)
        yield shop
        shop.service.stop()


@pytest.fixture(scope="module")
def shoppers(shop: Shop) -> dict[bool, str]:
    """A shopper who is offered something, and one who is not."""
    found = {bool(shop.ask(f"/v1/offers?user_id=u{n}")["offer"]): f"u{n}" for n in range(60)}
    assert len(found) == 2
    return found


def put(page: Page, shop: Shop, **attributes: str | None) -> Locator:
    """Open a page with an offer; what it tells the shop's scripts stands in ``window.told``."""
    given = {"user": None, "token": None, "api-key": str(shop.key), "timeout": "8000", **attributes}
    written = " ".join(f'{name}="{value}"' for name, value in given.items() if value is not None)
    listen = """<script>window.told = []; for (const what of ["", "-seen", "-click"])
      addEventListener("recsvc-offer" + what, (event) => told.push([what, event.detail?.code ?? null]));</script>"""
    module = f'<script type="module" src="{shop.service.base}/offer.js"></script>'
    page.goto(shop.site.page(f"<recsvc-offer {written}></recsvc-offer>", head=listen + module))
    return page.locator("recsvc-offer")


def test_the_shopper_sees_their_offer_and_the_shop_hears_of_it(
    page: Page, shop: Shop, shoppers: dict[bool, str]
) -> None:
    shop.site.page("<h1>free</h1>", "/free")
    user = shoppers[True]
    offer = put(page, shop, user=user, token=shopper_token(user, SECRET))
    expect(offer.get_by_role("link", name=TITLE)).to_be_visible()
    expect(offer).to_contain_text("SHIP48")
    expect(offer).to_contain_text("Valid until")
    expect(offer).to_contain_text("20")
    assert page.evaluate("window.hacked") is None, "a title is a text"
    page.wait_for_function("told.length === 2")
    assert page.evaluate("told") == [["", "SHIP48"], ["-seen", "SHIP48"]]
    page.evaluate("addEventListener('recsvc-offer-click', () => sessionStorage.clicked = 1)")
    offer.get_by_role("link").click()
    expect(page.get_by_role("heading")).to_have_text("free")
    assert page.evaluate("sessionStorage.clicked") == "1"


def test_where_nothing_is_offered_it_takes_no_room(page: Page, shop: Shop, shoppers: dict[bool, str]) -> None:
    user = shoppers[False]
    offer = put(page, shop, user=user, token=shopper_token(user, SECRET))
    expect(offer).to_have_attribute("state", "empty")
    expect(offer).to_be_hidden()
    assert page.evaluate("told") == [["", None]]


def test_a_guessed_shopper_is_shown_nothing_and_a_guest_is_not_asked_for(
    page: Page, shop: Shop, shoppers: dict[bool, str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/offers" in request.url else None)
    offer = put(page, shop, user=shoppers[True], token=shopper_token("mallory", SECRET))
    expect(offer).to_have_attribute("state", "empty")
    assert len([url for url in asked if url.endswith("/v1/offers")]) == 1
    for attributes in ({}, {"user": shoppers[True]}):
        expect(put(page, shop, **attributes)).to_have_attribute("state", "empty")
    user = shoppers[True]
    refused = put(page, shop, user=user, token=shopper_token(user, SECRET), consent="false")
    expect(refused).to_have_attribute("state", "empty")
    assert len(asked) == 1


def test_a_shopper_who_signs_in_sees_it_then(page: Page, shop: Shop, shoppers: dict[bool, str]) -> None:
    user = shoppers[True]
    offer = put(page, shop, token=shopper_token(user, SECRET))
    expect(offer).to_have_attribute("state", "empty")
    offer.evaluate("(one, user) => one.setAttribute('user', user)", user)
    expect(offer).to_contain_text("SHIP48")
