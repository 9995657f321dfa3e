"""The console in a real browser: on a phone and a desktop, with the keyboard, and without scripts."""

import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from support.keys import add_key
from support.models import release, small_model
from werkzeug.serving import make_server

from recsvc.app import EXTENSION, create_app
from recsvc.catalogue.item import Item
from recsvc.model.registry import Registry
from recsvc.settings import Settings
from recsvc.store.api_keys import Scope
from recsvc.store.event import Event, EventType
from recsvc.store.store import open_store

LONG = "Extraordinarily-long-unbroken-title-of-a-product-that-nobody-would-read-aloud-" * 3
PAGES = (
    "/console", "/console/shoppers", "/console/shoppers?id=ada", "/console/shoppers/why?id=ada&item=saw",
    "/console/shoppers/events?id=ada", "/console/shoppers/erase?id=ada",
    "/console/shoppers/merge?id=ada&kind=session&from=visit", "/console/items", "/console/items?q=tea",
    "/console/items/item?id=tea", "/console/placements", "/console/placements/for_you",
    "/console/placements/for_you?as=text", "/console/placements/similar", "/console/versions", "/console/versions/1",
    "/console/versions/1/activate", "/console/data", "/console/changes", "/console/nothing",
)  # fmt: skip
WIDTHS = (375, 1280)
AXE = "axe-core@4.14.1"


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


def _served(directory: Path) -> Iterator[str]:
    Registry(directory).publish(small_model(), release("1"))
    store = open_store(f"sqlite:///{directory}/recsvc.db")
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
    store.close()
    app = create_app(Settings(models_dir=directory, log_level="error"))
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


FAULTS = """() => {
  const found = [], seen = element => element.getClientRects().length > 0;
  const named = element => element.getAttribute("aria-label") || element.labels?.length || element.textContent.trim();
  const main = document.querySelectorAll("main"), h1 = document.querySelectorAll("h1");
  if (main.length !== 1) found.push("main: " + main.length);
  if (h1.length !== 1) found.push("h1: " + h1.length);
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const its = Number(heading.tagName[1]);
    if (its > level + 1) found.push("a heading leaves out a level: " + heading.textContent);
    level = its;
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (seen(field) && !field.labels.length) found.push("no label: " + field.outerHTML);
  for (const control of document.querySelectorAll("a[href], button"))
    if (!named(control)) found.push("no name: " + control.outerHTML);
  for (const image of document.querySelectorAll("img"))
    if (!image.hasAttribute("alt")) found.push("no alternative: " + image.outerHTML);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) found.push("no caption");
    for (const cell of table.querySelectorAll("th")) if (!cell.scope) found.push("no scope: " + cell.textContent);
  }
  for (const area of document.querySelectorAll("section"))
    if (!document.getElementById(area.getAttribute("aria-labelledby"))) found.push("no label: " + area.outerHTML);
  for (const box of document.querySelectorAll(".wide"))
    if (box.tabIndex !== 0 || !box.getAttribute("aria-label")) found.push("cannot be scrolled by the keyboard");
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size !== ids.length) found.push("an id is there twice");
  return found;
}"""

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = colour => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const part = value => value / 255 <= .03928 ? value / 255 / 12.92 : ((value / 255 + .055) / 1.055) ** 2.4;
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour;
    }
    return "white";
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!says || !element.getClientRects().length) continue;
    const [high, low] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const ratio = (high + .05) / (low + .05);
    if (ratio < 4.5) found.add(`${element.tagName} ${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...found];
}"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program axe-core, which npm fetches for this test alone; it is no part of recsvc."""
    npm, directory = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("needs npm on the PATH")
    command = [npm, "pack", AXE, "--silent", "--pack-destination", str(directory)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=directory)
    except (subprocess.SubprocessError, OSError):
        pytest.skip(f"npm cannot fetch {AXE}")
    [packed] = directory.glob("*.tgz")
    with tarfile.open(packed) as archive:
        found = archive.extractfile("package/axe.min.js")
        assert found is not None
        return found.read().decode()


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_axe_finds_nothing(browser: Browser, console: str, axe: str, width: int, scheme: str) -> None:
    context = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}
    )  # the policy lets no foreign program in
    page = context.new_page()
    for address in PAGES:
        page.goto(console + address)
        page.evaluate(axe)
        found = page.evaluate(
            "axe.run().then(said => said.violations.map(one => [one.id, one.nodes[0].html]))"
        )
        assert found == [], address
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_or_logs_an_error(page: Page, console: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for address in PAGES:
        page.goto(console + address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (address, wide)
    refused = [one for one in errors if "Content Security Policy" in one or "Refused" in one]
    assert not refused


def test_every_page_is_built_for_readers_of_all_kinds(page: Page, console: str) -> None:
    for address in PAGES:
        page.goto(console + address)
        assert page.evaluate(FAULTS) == [], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, console: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    for address in PAGES:
        page.goto(console + address)
        assert page.evaluate(CONTRAST) == [], address


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
