"""The pictures of pages in the docs, taken from a demo that is being served.

``recsvc demo`` in one terminal, then ``python -m docs.screenshots [ADDRESS] [NAME …]`` takes all pictures, or those
that are named, with Debian's Chromium; ADDRESS is http://127.0.0.1:8000 where it is left out. What they show is the
day's: the demo makes up its visits until now.
"""

import io
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import liquid
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
MAIL = Path(__file__).parent / "guides" / "snippets" / "mail.html"
_MAIL_LIST = "user_id=C001035&n=4&fields=title,price"
ADDRESS = "http://127.0.0.1:8000"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, SHOWN_WIDTH = 1280, 800
"""CSS pixels of the window, and pixels of the picture."""

COLOURS = 160
TIMEOUT_MS = 30_000


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        height: of the window, in CSS pixels; what stands below is cut off.
        go: leads a page to what is shown.
    """

    height: int
    go: Callable[[Page, str], None]


def _home(page: Page, address: str) -> None:
    page.goto(f"{address}/console")


def _performance(page: Page, address: str) -> None:
    page.goto(f"{address}/console/performance")


def _experiment(page: Page, address: str) -> None:
    page.goto(f"{address}/console/experiments")
    page.locator("main th a, main h2 a, main h3 a").first.click()


def _shopper(page: Page, address: str) -> None:
    _demo(page, address)
    page.get_by_role("link", name="Open this shopper in the console").click()


def _demo(page: Page, address: str) -> None:
    page.goto(f"{address}/demo/shoppers")
    page.get_by_role("button", name="Shopper").first.click()


def _mail(page: Page, address: str) -> None:
    """Show the mail of the guide, filled with a list of the service, at its address: its pictures are for it alone."""
    answer = page.request.get(f"{address}/v1/recommend?{_MAIL_LIST}").json()
    items = [
        {**item, "link": address, "picture": f"{address}/demo/picture/{item['item_id']}.svg", "why": ""}
        for item in answer["items"]
    ]
    told = {"items": items, "shop": "A shop", "unsubscribe": address, "currency": "EUR"}
    html = liquid.render(MAIL.read_text(), **told)
    page.route(f"{address}/mail", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{address}/mail")


PICTURES = {
    "home": Picture(980, _home),
    "performance": Picture(960, _performance),
    "experiment": Picture(1060, _experiment),
    "shopper": Picture(1080, _shopper),
    "demo": Picture(1130, _demo),
    "mail": Picture(1000, _mail),
}
"""By the name of the file, without its ending."""


def take(browser: Browser, address: str, picture: Picture) -> bytes:
    """Return a picture as PNG, shrunk and with few colours."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": picture.height}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    try:
        picture.go(page, address)
        page.wait_for_load_state("networkidle")
        page.locator("[data-waiting]").first.wait_for(state="detached")
        return shrunk(page.screenshot())
    finally:
        context.close()


def shrunk(png: bytes) -> bytes:
    """Return a picture that is ``SHOWN_WIDTH`` wide, with a palette of ``COLOURS``."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    size = (SHOWN_WIDTH, round(image.height * SHOWN_WIDTH / image.width))
    small = image.resize(size, Image.Resampling.LANCZOS)
    few = small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    found = io.BytesIO()
    few.save(found, "PNG", optimize=True)
    return found.getvalue()


def main(arguments: Sequence[str]) -> None:
    """Take the pictures and write them beside the others."""
    addresses = [one.rstrip("/") for one in arguments if "://" in one]
    names = [one for one in arguments if "://" not in one] or list(PICTURES)
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if unknown := [name for name in names if name not in PICTURES]:
        sys.exit(f"there is no picture {', '.join(unknown)}; there are {', '.join(PICTURES)}")
    if program is None:
        sys.exit(f"none of {', '.join(PROGRAMS)} is on the PATH: install Chromium")
    with sync_playwright() as playwright:
        # Its sandbox needs rights that containers do not have; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in names:
            png = take(browser, addresses[0] if addresses else ADDRESS, PICTURES[name])
            (IMAGES / f"{name}.png").write_bytes(png)
            click.echo(f"{name}.png: {len(png) / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
