"""The mail of the guide, filled from a row, as mail programs show it."""

from pathlib import Path

import liquid
import pytest
from playwright.sync_api import Browser, Page

MAIL = Path(__file__).parents[2] / "docs" / "guides" / "snippets" / "mail.html"
PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle r='4'/></svg>"
ITEMS = [
    {"item_id": "tea", "title": "Tea <strong>", "link": "https://shop.example/r/1", "picture": PICTURE, "price": 2.5,
     "why": "you bought “Milk”"},
    {"item_id": "jam", "title": "Jam", "link": "https://shop.example/r/2", "picture": None, "price": None, "why": ""},
    {"item_id": "saw", "title": "Saw", "link": "https://shop.example/r/3", "picture": PICTURE, "price": 9.04,
     "why": ""},
]  # fmt: skip


def mail(**offer: str | None) -> str:
    told = {
        "items": ITEMS,
        "shop": "Shop",
        "unsubscribe": "https://shop.example/no",
        "currency": "EUR",
        **offer,
    }
    return liquid.render(MAIL.read_text(), **told)


def test_each_item_has_its_links_and_no_blank_picture(page: Page) -> None:
    page.set_content(mail())
    links = [link.get_attribute("href") for link in page.locator("a").all()]
    assert [links.count(item["link"]) for item in ITEMS] == [3, 2, 3]
    assert [picture.get_attribute("alt") for picture in page.locator("img").all()] == ["Tea <strong>", "Saw"]
    assert page.get_by_text("because you bought “Milk”").count() == 1
    assert page.get_by_text("because").count() == 1
    prices = page.get_by_text("EUR").all_inner_texts()
    assert [price.strip() for price in prices] == ["2.50 EUR", "9.04 EUR"]
    assert page.locator("strong").count() == 0, "a title is a text"


def test_an_offer_stands_above_the_items_and_leaves_no_gap_where_there_is_none(page: Page) -> None:
    offer = {
        "offer_title": "Free shipping <b>",
        "offer_code": "SHIP48",
        "offer_url": "https://shop.example/free",
        "offer_valid_until": "2026-12-14T07:20:11Z",
    }
    page.set_content(mail(**offer))
    assert page.get_by_role("link", name="Free shipping <b>").get_attribute("href") == offer["offer_url"]
    assert page.get_by_text("SHIP48").is_visible()
    assert page.get_by_text("until 2026-12-14").is_visible()
    assert page.locator(".card").count() == 4
    page.set_content(mail(**{**offer, "offer_url": None, "offer_code": None}))
    assert page.get_by_text("Free shipping <b>").evaluate("(one) => one.localName") == "b"
    assert page.get_by_text("Code").count() == 0
    page.set_content(mail(offer_title=None))
    assert page.locator(".card").count() == 3


def test_without_pictures_the_titles_tell(page: Page) -> None:
    page.route("**/*", lambda route: route.abort())
    page.set_content(mail().replace(PICTURE, "https://cdn.example/none.png"))
    assert page.get_by_text("Tea <strong>").first.is_visible()
    box = page.locator("img").first.bounding_box()
    assert box is not None
    assert box["width"] <= 260


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_it_is_dark_where_the_reader_wants_that(browser: Browser, scheme: str, is_dark: bool) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 640, "height": 800})  # type: ignore[arg-type]
    page = context.new_page()
    page.set_content(mail())
    light = "getComputedStyle(document.querySelector('%s')).%s.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    ground, ink = (page.evaluate(light % pair) for pair in ((".card", "backgroundColor"), ("a.ink", "color")))
    context.close()
    assert (ground < 200, ink > 600) == (is_dark, is_dark)


def test_a_telephone_shows_one_item_below_the_other(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.set_content(mail())
    tops = [box["y"] for card in page.locator(".card").all() if (box := card.bounding_box())]
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert len(set(tops)) == 3
    assert width <= 360
