"""The script of the WordPress plug-in's pages, in a real browser; the shop around it answers what it is asked."""

import json
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from support.processes import becomes_true

SCRIPT = Path(__file__).parents[2] / "integrations" / "woocommerce" / "assets" / "lists.js"
SHOP = "http://shop.example/"
CONFIG = {"url": "/?wc-ajax=%%endpoint%%", "guests": "api", "category": "marketing", "viewed": 7}
BEACONS = "window.told = []; navigator.sendBeacon = (_, blob) => blob.text().then((text) => told.push(text));"
CONSENT = "window.agreed = {}; window.wp_has_consent = () => window.agreed.marketing === true;"
SAY = """(agreed) => {
  window.agreed.marketing = agreed;
  for (const category of ['statistics', 'marketing', 'preferences']) {
    document.dispatchEvent(new CustomEvent('wp_listen_for_consent_change', {detail: {[category]: 'allow'}}));
  }
}"""
LEAVE = """() => {
  Object.defineProperty(document, 'hidden', {value: true});
  dispatchEvent(new Event('visibilitychange'));
}"""


def cells(number: int) -> str:
    return f'<ul><li class="product post-{number}">A product</li></ul>'


def shown(list_id: str, number: int) -> dict[str, Any]:
    return {"list": list_id, "items": {str(number): [f"SK-{number}", 1]}}


class Asked:
    """What the script asks the shop for, and the page that it runs in."""

    def __init__(self, page: Page) -> None:
        self.bodies: list[dict[str, Any]] = []
        fixed, own = (escape(json.dumps(one)) for one in (shown("FIXED", 5), {"placement": "for_you"}))
        self._page = f"""
            <section class="recsvc-list" data-recsvc-shown="{fixed}">{cells(5)}</section>
            <section class="recsvc-list" data-recsvc="{own}">{cells(6)}</section>
            <script>window.recsvcLists = {json.dumps(CONFIG)}</script><script src="lists.js"></script>
        """
        page.add_init_script(BEACONS + CONSENT)
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        if route.request.url.endswith("lists.js"):
            route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
        elif route.request.method == "POST":
            self.bodies.append(route.request.post_data_json)
            one = {"html": cells(6), "shown": shown(f"OWN{len(self.bodies)}", 6)}
            route.fulfill(json={"lists": [one for _ in self.bodies[-1]["lists"]]})
        else:
            route.fulfill(body=self._page, content_type="text/html")


@pytest.fixture
def asked(page: Page) -> Asked:
    return Asked(page)


def impressions(page: Page) -> Counter[str]:
    """Return how often each list was told to stand in the page, once the shopper has left it."""
    page.evaluate(LEAVE)
    page.wait_for_function("told.length")
    events = [one for text in page.evaluate("told") for one in json.loads(text)["events"]]
    return Counter(one["list"] for one in events if one["type"] == "impression" and not one.get("seen"))


def test_answers_to_other_questions_of_consent_tell_nothing_again(page: Page, asked: Asked) -> None:
    page.context.add_cookies([{"name": "recsvc_known", "value": "1", "url": SHOP}])
    page.add_init_script("window.agreed.marketing = true")
    page.goto(SHOP)
    page.wait_for_selector("[data-recsvc-shown*=OWN1]")
    for _ in range(3):
        page.evaluate(SAY, True)
    page.wait_for_timeout(300)
    assert [one.get("viewed") for one in asked.bodies] == [7]
    assert impressions(page) == {"FIXED": 1, "OWN1": 1}


def test_consent_is_asked_for_lists_once_and_taking_it_back_is_told(page: Page, asked: Asked) -> None:
    page.goto(SHOP)
    page.wait_for_timeout(300)
    assert asked.bodies == []
    page.evaluate(SAY, True)
    page.wait_for_selector("[data-recsvc-shown*=OWN1]")
    page.evaluate("document.cookie = 'recsvc_known=1'")
    page.evaluate(SAY, False)
    assert becomes_true(lambda: page.evaluate("true") and len(asked.bodies) == 2)
    page.wait_for_timeout(300)
    assert [one.get("viewed") for one in asked.bodies] == [7, None]
