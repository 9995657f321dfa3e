"""The console in a real browser: on a phone and a desktop, with the keyboard, and without scripts."""

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from support.keys import add_key
from support.models import release, small_model
from support.page_checks import FAULTS
from werkzeug.serving import make_server

from recsvc.app import EXTENSION, create_app
from recsvc.catalogue.item import Item
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope
from recsvc.store.event import Event, EventType
from recsvc.store.store import Store, open_store

LONG = "Extraordinarily-long-unbroken-title-of-a-product-that-nobody-would-read-aloud-" * 3


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service without keys, with long titles, long ids and a few events."""
    directory = tmp_path_factory.mktemp("console")
    yield from _served(directory)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a service that demands keys, and one for its desk."""
    directory = tmp_path_factory.mktemp("keyed")
    store = open_store(f"sqlite:///{directory}/recsvc.db")
    token = add_key(store.keys, Scope.SUPPORT, name="desk")
    store.close()
    for address in _served(directory):
        yield address, str(token)


def fill(store: Store) -> None:
    """Store long titles, long ids and a few events."""
    store.catalogue.put([
        Item("tea", title=LONG, price=1234567.5, categories=("Food",), attributes={"long": LONG}),
        Item("w" * 200, title="A long id"),
        Item("milk", title="Milk", image_url="https://127.0.0.1:1/none.jpg", price=1.0),
    ])  # fmt: skip
    moment = 1_790_000_000_000_000
    store.events.append(
        [
            Event(EventType.PURCHASE, one, moment, moment, user_id="ada", order_id="o" * 60)
            for one in ("tea", "w" * 200)
        ]
    )


def _served(directory: Path) -> Iterator[str]:
    Registry(directory).publish(small_model(), release("1"))
    with closing(open_store(f"sqlite:///{directory}/recsvc.db")) as store:
        fill(store)
    yield from served(directory)


def served(directory: Path, **settings: object) -> Iterator[str]:
    """Yield the address of a service of a models directory, while it serves."""
    app = create_app(Settings(models_dir=directory, log_level="error", **settings))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    with suppress(
        HTTPError
    ):  # what reads bodies begins with the first one, and goes on until the server ends
        urlopen(Request(f"{address}/console/sign-out", b"token="), timeout=10)
    yield address
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions[EXTENSION].close()


def test_the_keyboard_leads_to_the_content_and_shows_where_it_is(page: Page, console: str) -> None:
    page.goto(f"{console}/console/shoppers?id=ada")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_picture_that_does_not_load_is_replaced(page: Page, console: str) -> None:
    page.goto(f"{console}/console/items/item?id=milk")
    picture = page.locator(".product img")
    expect(picture).to_have_attribute("src", "/console/picture/milk.svg")
    page.wait_for_function("document.querySelector('.product img').naturalWidth > 0")


def test_a_second_click_sends_nothing_again(page: Page, console: str) -> None:
    page.goto(f"{console}/console/shoppers?id=ada")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    button = page.get_by_role("button", name="Download as JSON")
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == "shopper.json"
    button.click(force=True)
    page.wait_for_timeout(300)
    assert len(sent) == 1


def test_everything_is_done_without_scripts(browser: Browser, console: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{console}/console")
    page.get_by_role("link", name="Placements").click()
    page.get_by_role("link", name="For you").click()
    page.get_by_label("Ids of items, one a line").fill("cake")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change")
    page.get_by_role("button", name="Save: it is live at once").click()
    expect(page.get_by_role("status")).to_contain_text("in force")
    page.get_by_role("button", name="Put back what was before").first.click()
    expect(page.get_by_role("status")).to_contain_text("undone")
    page.get_by_role("link", name="Shopper", exact=True).click()
    page.get_by_label("The shopper's id").fill("bob")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Erase …").click()
    page.get_by_label("Write the id once more").fill("bob")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The shopper is erased")
    context.close()


def test_the_desk_signs_in_looks_and_signs_out(page: Page, keyed: tuple[str, str]) -> None:
    address, token = keyed
    page.goto(f"{address}/console/shoppers?id=ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("Your key").fill("rk_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not valid")
    page.get_by_label("Your key").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ada")
    assert page.url == f"{address}/console/shoppers?id=ada"
    assert page.evaluate("document.cookie") == "", "scripts cannot read the cookie"
    assert page.get_by_role("link", name="Placements").count() == 0
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(f"{address}/console")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_first_page_says_what_this_is(page: Page, keyed: tuple[str, str]) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(keyed[0])
    page.get_by_role("link", name="Console").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.evaluate(FAULTS) == []
