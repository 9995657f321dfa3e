"""What is asked of every page that the application has: on phones and desktops, light and dark, for all readers."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from browser import test_console, test_console_experiments
from browser.test_console_experiments import LONG
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from support.models import release, small_model
from support.page_checks import BROKEN_WORDS, CONTRAST, FAULTS

from benchmarks.page_addresses import page_addresses
from docs.screenshots import PICTURES, SHOWN_WIDTH, take
from recsvc.app import EXTENSION, create_app
from recsvc.clock import now_us
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.store.audit import AuditEntry
from recsvc.store.store import open_store

AXE = "axe-core@4.14.1"
SHARE = {"mean": 0.6, "low": 0.5, "high": 0.7}
MEASURED = {"all": {"rankers": {"recsvc": {"recall_at_20": SHARE, "coverage_at_10": 0.4}}}}
METRICS = {
    "evaluation": {"questions": MEASURED},
    "gate": {
        "accepted": True,
        "checks": [{"name": "fine", "state": "passed", "sentence": "Recall is as good as it was."}],
    },
}
COMPARED = "/console/versions/compare?a=1&b=2"
EXAMPLES = {
    "/console/shoppers": ("/console/shoppers", "/console/shoppers?id=ada", "/console/shoppers?id=nobody"),
    "/console/shoppers/why": ("/console/shoppers/why?id=ada&item=saw",),
    "/console/shoppers/events": ("/console/shoppers/events?id=ada",),
    "/console/shoppers/erase": ("/console/shoppers/erase?id=ada",),
    "/console/shoppers/merge": ("/console/shoppers/merge?id=ada&kind=session&from=visit",),
    "/console/shoppers/receipt/<int:number>": ("/console/shoppers/receipt/1",),
    "/console/items": ("/console/items", "/console/items?q=tea"),
    "/console/items/item": ("/console/items/item?id=tea", f"/console/items/item?id={'w' * 200}"),
    "/console/placements/<name>": (
        "/console/placements/for_you", "/console/placements/for_you?as=text", "/console/placements/similar",
    ),
    "/console/performance": (
        "/console/performance", "/console/performance?by=day&days=90", "/console/performance?by=variant&days=7",
    ),
    "/console/experiments/<name>": tuple(f"/console/experiments/{one}" for one in (LONG, "planned", "ended")),
    "/console/experiments/<name>/stop": (
        f"/console/experiments/{LONG}/stop", "/console/experiments/planned/stop",
    ),
    "/console/versions/<name>": ("/console/versions/2", "/console/versions/1"),
    "/console/versions/<name>/activate": ("/console/versions/1/activate",),
    "/console/versions/<name>/report": ("/console/versions/2/report",),
    "/console/versions/compare": (COMPARED, f"{COMPARED}&placement=for_you", f"{COMPARED}&placement=similar"),
    "/console/<path:_rest>": ("/console/nothing",),
    "/demo/<path:_rest>": ("/demo/nothing",),
    "/demo/item": ("/demo/item?id=tea",),
}  # fmt: skip


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with two versions, experiments, long titles, long ids, and events."""
    directory = tmp_path_factory.mktemp("shop")
    registry = Registry(directory)
    registry.publish(small_model(), release("1"))
    registry.publish(small_model(), replace(release("2"), metrics=METRICS, hyperparameters={"factors": 64}))
    with closing(open_store(f"sqlite:///{directory}/recsvc.db")) as store:
        test_console.fill(store)
        test_console_experiments.fill(store)
        erased = {"receipt_id": "r" * 32, "erased_at": "2026-01-02T03:04:05Z", "events": 3, "merged": 0}
        store.audit.add(AuditEntry(now_us(), None, "someone", "shopper-erased", "s" * 64, erased))
    report = directory / "reports" / "2" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text(
        '<!doctype html><html lang="en"><title>Run</title><main><h1>Run</h1><p>Text.</p></main></html>'
    )
    return directory


@pytest.fixture(scope="module")
def site(directory: Path) -> Iterator[str]:
    """The address of a service for it, with its demo shop."""
    yield from test_console.served(directory, demo="on")


@pytest.fixture(scope="module")
def addresses(directory: Path) -> list[str]:
    """The addresses of all pages."""
    app = create_app(Settings(models_dir=directory, log_level="error", demo="on"))
    try:
        return page_addresses(app, EXAMPLES)
    finally:
        app.extensions[EXTENSION].close()


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


def opened(page: Page, address: str) -> int:
    """Open a page, and go on once it reloads no more by itself; return its status."""
    answer = page.goto(address)
    expect(page.locator("[data-waiting]")).to_have_count(0, timeout=20_000)
    return 0 if answer is None else answer.status


LOOKS = [(375, "dark"), (1280, "light")]


@pytest.fixture(scope="module", params=LOOKS, ids=str)
def unguarded(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, on a phone and a desktop, that the policy of the site does not protect from foreign programs."""
    width, scheme = request.param
    context = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    be_a_shopper(page, site)
    yield page
    context.close()


def be_a_shopper(page: Page, site: str) -> None:
    """Go on as a guest of the demo shop, with something in the cart."""
    page.goto(f"{site}/demo/shoppers")
    page.locator("main form button").first.click()
    page.goto(f"{site}/demo/item?id=tea")
    page.get_by_role("button", name="Put into the cart").click()


def test_axe_finds_nothing(unguarded: Page, site: str, addresses: list[str], axe: str) -> None:
    faults, statuses = {}, []
    for address in addresses:
        statuses.append(opened(unguarded, site + address))
        unguarded.evaluate(axe)
        found = unguarded.evaluate(
            "axe.run().then(said => said.violations.map(one => [one.id, one.nodes[0].html]))"
        )
        faults |= {address: found} if found else {}
    assert not faults
    assert {status for status in statuses if status >= 400} == {404}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_is_for_all_screens_and_readers(
    page: Page, site: str, addresses: list[str], width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    be_a_shopper(page, site)
    errors, faults = [], {}
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for address in addresses:
        opened(page, site + address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        found = [f"{wide} px wide"] if wide > width else []
        found += page.evaluate(BROKEN_WORDS) + page.evaluate(CONTRAST)
        found += [] if address.endswith("/report") else page.evaluate(FAULTS)
        faults |= {address: found} if found else {}
    assert not faults
    assert not [one for one in errors if "Content Security Policy" in one or "Refused" in one]


def test_pictures_for_the_docs_are_small(browser: Browser, site: str) -> None:
    for name in ("home", "experiment", "performance"):
        png = take(browser, site, PICTURES[name])
        assert png.startswith(b"\x89PNG")
        assert int.from_bytes(png[16:20]) == SHOWN_WIDTH
        assert len(png) < 150_000


def test_a_page_without_an_example_is_missed() -> None:
    app = Flask(__name__)
    app.add_url_rule("/console/new-page", "new", lambda: "")
    assert page_addresses(app, {}) == ["/console/new-page"]
    app.add_url_rule("/console/new-page/<name>", "named", lambda name: name)
    with pytest.raises(LookupError, match="give an example"):
        page_addresses(app, {})
    assert (
        page_addresses(app, {"/console/new-page/<name>": ["/console/new-page/a"]})[1] == "/console/new-page/a"
    )
    with pytest.raises(LookupError, match="there is no page /console/gone"):
        page_addresses(app, {"/console/gone": []})
