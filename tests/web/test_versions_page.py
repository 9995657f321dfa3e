from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from support.models import release, small_model
from support.pages import send

from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store
from recsvc.web.quality import gate_of, in_words, measured_of

BACK = ("/console/versions/roll-back", "/console/versions/1/activate")
SHARE = {"mean": 0.6, "low": 0.5, "high": 0.7}
METRICS = {
    "gate": {
        "accepted": True,
        "forced": True,
        "checks": [
            {"name": "fine", "state": "passed", "sentence": "Good."},
            {"name": "old <b>", "passed": False, "sentence": "Worse."},
            {"name": "absent", "state": "does_not_apply", "sentence": "No dates."},
        ],
    },
    "evaluation": {
        "questions": {
            "all": {"rankers": {"recsvc": {"recall_at_20": SHARE}, "own_frequency": {"recall_at_20": SHARE}}}
        }
    },
}


@pytest.fixture
def versions(registry: Registry) -> Registry:
    """Version 2 is live, 1 is older."""
    registry.publish(small_model(), replace(release("2"), metrics=METRICS))
    return registry


def test_each_version_is_told_in_words(versions: Registry) -> None:
    newest, oldest = (entry.manifest for entry in versions.versions())
    assert gate_of(newest).words == "It went live by order, although 1 of 2 checks failed."
    assert gate_of(newest).checks[0].name == "old <b>"
    assert in_words(measured_of(newest)[0]) == (
        "Of whatever shoppers buy next, 60\N{NO-BREAK SPACE}% was among its first 20 suggestions; "
        "the best simple answer (each shopper's own favourites) foresaw 60\N{NO-BREAK SPACE}%."
    )
    assert (gate_of(oldest).checks, measured_of(oldest)) == ((), [])


@pytest.mark.parametrize(
    "metrics",
    [
        {"gate": 7},
        {"gate": {"checks": [1, {}]}},
        {"evaluation": []},
        {"evaluation": {"questions": {"all": {"rankers": {"recsvc": 1}}}}},
    ],
)
def test_a_manifest_that_says_something_else_is_no_error(versions: Registry, metrics: dict) -> None:
    manifest = replace(versions.versions()[0].manifest, metrics=metrics)
    assert gate_of(manifest).is_good is False
    assert measured_of(manifest) == []


def test_the_list_and_each_version_are_shown(anybody: FlaskClient, versions: Registry) -> None:
    page = anybody.get("/console/versions").text
    assert page.count("live</strong>") == 1
    shown = anybody.get("/console/versions/2").text
    assert "old &lt;b&gt;" in shown
    assert "The gate did not look at it" in anybody.get("/console/versions/1").text
    assert anybody.get("/console/versions/3").status_code == 404
    (versions.directory / "1" / "manifest.json").write_text("{")
    assert "damaged" in anybody.get("/console/versions").text
    assert anybody.get("/console/versions/1").status_code == 200


def test_another_version_is_made_live_and_noted(
    versions: Registry, signed_in: Callable[..., FlaskClient], stored: Store
) -> None:
    admin = signed_in(Scope.ADMIN)
    assert "Activate this version?" in admin.get("/console/versions/1/activate").text
    assert versions.current_version() == "2", "a look changes nothing"
    assert send(admin, "/console/versions/1/activate").status_code == 303
    assert versions.current_version() == "1"
    assert admin.get("/v1/explain").status_code == 401, "a cookie opens pages alone"
    entry = stored.audit.newest(1)[0]
    assert (entry.action, entry.subject, entry.body) == ("version-activated", "1", {"before": "2"})
    assert send(admin, "/console/versions/9/activate").status_code == 404


def test_rolling_back_is_refused_where_something_else_went_live(
    anybody: FlaskClient, versions: Registry, stored: Store
) -> None:
    assert send(anybody, *BACK, **{"from": "1"}).status_code == 409
    assert send(anybody, *BACK, **{"from": "2"}).status_code == 303
    assert versions.current_version() == "1"
    assert stored.audit.newest(1)[0].action == "version-rolled-back"
    assert send(anybody, *BACK, **{"from": "1"}).status_code == 422, "there is none before"


def test_who_may_look_at_versions_may_not_switch_them(
    versions: Registry, signed_in: Callable[..., FlaskClient]
) -> None:
    merchandiser = signed_in(Scope.MERCHANDISE)
    assert merchandiser.get("/console/versions").status_code == 200
    assert "/activate" not in merchandiser.get("/console/versions").text
    assert merchandiser.get("/console/versions/1/activate").status_code == 403
    assert send(merchandiser, "/console/versions/1/activate").status_code == 403
    assert versions.current_version() == "2"


def test_a_report_is_shown_and_may_run_nothing(anybody: FlaskClient, versions: Registry) -> None:
    assert anybody.get("/console/versions/2/report").status_code == 404
    path = versions.directory / "reports" / "2" / "report.html"
    path.parent.mkdir(parents=True)
    path.write_text("<!doctype html><title>Run</title><script>1</script>")
    shown = anybody.get("/console/versions/2/report")
    assert shown.text.startswith("<!doctype html>")
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert anybody.get("/console/versions/..%2F2/report").status_code == 404


def test_two_versions_stand_side_by_side(versions: Registry, anybody: FlaskClient) -> None:
    assert 'action="/console/versions/compare"' in anybody.get("/console/versions").text
    page = anybody.get("/console/versions/compare?a=1&b=2").text
    assert "Whatever shoppers buy next" in page
    assert "not measured" in page
    assert "They were fitted with the same settings" in page
    assert 'class="strip"' not in page, "no list is made before it is asked for"
    lists = anybody.get("/console/versions/compare?a=1&b=2&placement=for_you").text
    assert lists.count("Both show the same") == 4
    assert "shows 100\N{NO-BREAK SPACE}%, too" in lists
    assert (
        "That is one version twice" in anybody.get("/console/versions/compare?a=1&b=1&placement=for_you").text
    )


def test_what_cannot_be_compared_is_said(versions: Registry, anybody: FlaskClient) -> None:
    compare = "/console/versions/compare"
    assert anybody.get(f"{compare}?a=1&b=9").status_code == 404
    assert anybody.get(compare).status_code == 404
    assert anybody.get(f"{compare}?a=1&b=2&placement=nowhere").status_code == 422
    (versions.directory / "1" / "titles.npy").unlink(missing_ok=True)
    for file in (versions.directory / "1").glob("*.npy"):
        file.write_bytes(b"damaged")
    damaged = anybody.get(f"{compare}?a=1&b=2&placement=for_you")
    assert damaged.status_code == 422
    assert 'role="alert"' in damaged.text
    assert str(versions.directory) not in damaged.text
    (versions.directory / "1" / "manifest.json").write_text("{")
    assert anybody.get(f"{compare}?a=1&b=2").status_code == 404
    assert "Side by side" not in anybody.get("/console/versions").text


def test_a_merchandiser_compares_lists_of_shoppers_without_a_name(
    versions: Registry, signed_in: Callable[..., FlaskClient]
) -> None:
    address = "/console/versions/compare?a=1&b=2&placement=for_you"
    assert "Shopper ada" in signed_in(Scope.ADMIN).get(address).text
    page = signed_in(Scope.MERCHANDISE).get(address).text
    assert "Shopper 1" in page
    assert "ada" not in page
