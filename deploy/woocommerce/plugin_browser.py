"""What a real browser sees of the plug-in, and does with it."""

import shutil
from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from plugin_events import deliver
from trial import SETTINGS, PluginShop, Service, must, say
from visitor import PASSWORD

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)


class Pictures:
    """Keeps what the browser saw, where somebody wants it."""

    def __init__(self, folder: str | None) -> None:
        self._folder = Path(folder) if folder else None

    def take(self, page: Page, name: str) -> None:
        """Keep the whole page."""
        if self._folder:
            self._folder.mkdir(exist_ok=True, parents=True)
            page.screenshot(path=self._folder / f"{name}.png", full_page=True)


def sign_in(page: Page, url: str, name: str) -> None:
    """Sign in as people do."""
    page.goto(f"{url}/wp-login.php")
    page.get_by_label("Username or Email Address").fill(name)
    page.locator("#user_pass").fill(PASSWORD)
    page.get_by_role("button", name="Log In").click()
    page.wait_for_load_state()


def look(shop: PluginShop, service: Service, key: str, folder: str | None) -> None:
    """Go through the pages as a customer and as the owner."""
    say("in a browser")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        say("  no Chromium on the PATH: not looked at")
        return
    pictures = Pictures(folder)
    with sync_playwright() as playwright:
        # Its sandbox needs rights that containers do not have; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        as_customer(browser, shop, pictures)
        deliver(shop)
        events = service.user("anna@shop.example", key)["events"]
        told = Counter((one["type"], one["seen"]) for one in events if one["recommendation_id"])
        must(told["click", False] >= 2, f"clicks are told with their lists: {dict(told)}")
        must(
            told["impression", True] >= 4 and told["impression", False] >= 11, "and what was shown, and seen"
        )
        as_owner(browser, shop, pictures)
        browser.close()


def open_page(browser: Browser, errors: list[str]) -> Page:
    """Return a page of a browser of its own, which notes what goes wrong in scripts."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


def as_customer(browser: Browser, shop: PluginShop, pictures: Pictures) -> None:
    """See the lists of a customer, follow one, and fill the cart."""
    errors: list[str] = []
    page = open_page(browser, errors)
    page.goto(f"{shop.url}/home-of-shop/")
    pictures.take(page, "home-of-a-guest")
    sign_in(page, shop.url, "anna")
    page.goto(f"{shop.url}/home-of-shop/")
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    expect(page.get_by_role("heading", name="Buy again")).to_be_visible()
    pictures.take(page, "home-of-anna")
    cells = page.locator(".recsvc-list").first.locator("li.product")
    must(cells.count() == 8, "the script fills in the customer's own list of eight")
    page.wait_for_timeout(1500)  # what is in view for a second was seen
    with page.expect_request("**/*recsvc_tell"):
        cells.first.get_by_role("link").first.click()
    page.wait_for_load_state()
    must("/product/" in page.url, "a click leads to the product, and something is told")
    pictures.take(page, "product")
    page.goto(f"{shop.url}/list-trending/")
    with page.expect_response(lambda one: "recsvc_lists" in one.url or "add_to_cart" in one.url):
        page.locator(
            ".recsvc-list a.add_to_cart_button, .recsvc-list button.add_to_cart_button"
        ).first.click()
    page.goto(f"{shop.url}/cart/")
    expect(page.get_by_role("heading", name="Goes well with it")).to_be_visible()
    expect(page.locator(".wc-block-cart-items__row").first.get_by_role("link").first).to_be_visible()
    pictures.take(page, "cart")
    page.goto(f"{shop.url}/classic-cart/")
    expect(page.get_by_role("heading", name="Goes well with it")).to_be_visible()
    pictures.take(page, "classic-cart")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{shop.url}/home-of-shop/")
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    pictures.take(page, "home-on-a-phone")
    must(not errors, f"no script of a page failed {errors[:3]}")


def as_owner(browser: Browser, shop: PluginShop, pictures: Pictures) -> None:
    """Press the test button, and open the editor of blocks."""
    errors: list[str] = []
    page = open_page(browser, errors)
    sign_in(page, shop.url, "admin")
    page.goto(shop.url + SETTINGS)
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator("#recsvc-test-result li")).to_have_count(5)
    pictures.take(page, "settings")
    page.goto(f"{shop.url}/wp-admin/post.php?post={shop('number_of', 'home-of-shop')}&action=edit")
    canvas = page.frame_locator("iframe[name=editor-canvas]")
    expect(canvas.locator(".recsvc-list li.product").first).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()  # the tour of newcomers
    expect(page.get_by_role("dialog")).to_have_count(0)
    pictures.take(page, "editor")
    must(not errors, f"the settings and the editor show the lists {errors[:3]}")
