"""The way to a provider and back: what a browser is sent, what it keeps, and what it may do then."""

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from support.keys import add_key
from support.oidc import CLIENT, SECRET, Liar, allow, come_back, go, real_provider
from support.pages import SIGN_IN, send, sign_in

from recsvc.store.api_keys import Scope
from recsvc.store.store import Store
from recsvc.web.entry.oidc.pages import BACK, FLOW_COOKIE, FLOW_SECONDS, OF_AN_ADDRESS, START
from recsvc.web.entry.session import COOKIE


def test_somebody_of_a_real_provider_signs_in_by_it(
    console_of: Callable[..., FlaskClient], stored: Store
) -> None:
    ada = {"sub": "ada-1", "email": "ada@shop.example", "email_verified": True, "groups": ["all", "buyers"]}
    with real_provider(ada) as issuer:
        console = console_of(issuer)
        assert "Sign in with Shop login" in console.get(SIGN_IN).text
        form = console.get(START, query_string={"next": "/console/placements"}).headers["Location"]
        back = allow(form, "ada-1")
        signed_in = console.get(BACK, query_string=back)
        assert signed_in.status_code == 200, signed_in.text
        assert 'content="0; url=/console/placements"' in signed_in.text
        shown = console.get("/console/placements")
        assert shown.status_code == 200
        assert "ada@shop.example" in shown.text
        assert console.get("/console/shoppers").status_code == 403
        again = console.get(BACK, query_string=back)
        assert again.status_code == 403, "a code counts once"
    [entry] = stored.audit.newest(10)
    assert (entry.action, entry.key_name) == ("signed-in", "ada@shop.example (ada-1)")
    assert re.fullmatch("oidc:[0-9a-f]{12}", entry.key_id)


def test_the_way_begins_at_one_replica_and_ends_at_another(console_of: Callable[..., FlaskClient]) -> None:
    ada = {"sub": "ada-1", "email": "ada@shop.example", "email_verified": True, "groups": ["all", "buyers"]}
    with real_provider(ada) as issuer:
        here, there = console_of(issuer), console_of(issuer)
        back = allow(here.get(START).headers["Location"], "ada-1")
        there.set_cookie(FLOW_COOKIE, here.get_cookie(FLOW_COOKIE, path=BACK).value, path=BACK)
        assert there.get(BACK, query_string=back).status_code == 200
        here.set_cookie(COOKIE, there.get_cookie(COOKIE, path="/console").value, path="/console")
        assert here.get("/console/placements").status_code == 200


def test_the_browser_is_sent_with_everything_that_protects_the_way(
    console: FlaskClient, provider: Liar
) -> None:
    sent = console.get(START)
    asked = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert asked["redirect_uri"] == [f"http://localhost{BACK}"]
    assert asked["client_id"] == [CLIENT]
    assert asked["scope"] == ["openid email profile"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43
    kept = set(sent.headers["Set-Cookie"].split("; "))
    assert {"HttpOnly", f"Path={BACK}", "SameSite=Lax", f"Max-Age={FLOW_SECONDS}"} <= kept
    others = parse_qs(urlsplit(console.get(START).headers["Location"]).query)
    assert not [name for name in ("state", "nonce", "code_challenge") if asked[name] == others[name]]
    assert SECRET not in sent.headers["Location"] + sent.headers["Set-Cookie"]


def test_coming_back_gives_a_cookie_as_a_key_does_and_forgets_the_way(
    console: FlaskClient, provider: Liar
) -> None:
    answer = come_back(console, provider)
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert {"HttpOnly", "Path=/console", "SameSite=Strict", "Max-Age=3600"} <= set(
        cookies[COOKIE].split("; ")
    )
    assert "Max-Age=0" in cookies[FLOW_COOKIE]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert console.get("/console").status_code == 200
    assert provider.form["client_secret"] == SECRET
    assert provider.form["redirect_uri"] == f"http://localhost{BACK}"


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example/console", "/v1/model"])
def test_nobody_is_led_to_another_place_afterwards(console: FlaskClient, provider: Liar, wanted: str) -> None:
    state = go(console, provider, wanted)
    answer = console.get(BACK, query_string={"code": "c", "state": state})
    assert 'content="0; url=/console"' in answer.text
    assert "evil" not in answer.text


def test_the_page_that_was_asked_for_is_offered_on_the_way(console: FlaskClient) -> None:
    asked = console.get("/console/placements/for_you?as=text")
    form = console.get(asked.headers["Location"]).text
    assert (
        'href="http://localhost/console/sign-in/provider?next=%2Fconsole%2Fplacements%2Ffor_you%3Fas%3Dtext"'
        in form
    )


def test_a_way_that_another_browser_began_ends_nowhere(
    console: FlaskClient, provider: Liar, stored: Store
) -> None:
    state = go(console, provider)
    mine = console.get_cookie(FLOW_COOKIE, path=BACK).value
    for said in (
        {"code": "c"},
        {"code": "c", "state": state[:-1]},
        {"state": state},
        {"code": "c" * 5000, "state": state},
    ):
        console.set_cookie(FLOW_COOKIE, mine, path=BACK)
        refused = console.get(BACK, query_string=said)
        assert refused.status_code == 403, said
        assert "Begin again" in refused.text
        assert console.get_cookie(FLOW_COOKIE, path=BACK) is None
    assert console.get(BACK, query_string={"code": "c", "state": state}).status_code == 403, "no cookie"
    console.set_cookie(FLOW_COOKIE, mine[:-5] + ("a" if mine[-5] != "a" else "b") + mine[-4:], path=BACK)
    assert console.get(BACK, query_string={"code": "c", "state": state}).status_code == 403
    assert "/token" not in provider.asked
    assert stored.audit.newest(10) == []


def test_a_way_that_took_too_long_ends_nowhere(
    console: FlaskClient, provider: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = go(console, provider)
    later = int(time.time()) + FLOW_SECONDS + 2
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: later)
    assert console.get(BACK, query_string={"code": "c", "state": state}).status_code == 403


def test_the_session_ends_after_its_minutes_and_with_another_setting(
    console_of: Callable[..., FlaskClient], provider: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = console_of(provider.address, oidc_session_minutes=5)
    come_back(console, provider)
    cookie = console.get_cookie(COOKIE, path="/console").value
    same, other = (
        console_of(provider.address, oidc_session_minutes=5),
        console_of(provider.address, oidc_session_minutes=5, oidc_merchandise="x"),
    )
    without = console_of(None, oidc_client_id=None)
    for client, status in ((same, 200), (other, 303), (without, 303)):
        client.set_cookie(COOKIE, cookie, path="/console")
        assert client.get("/console").status_code == status
    later = int(time.time()) + 5 * 60 + 2
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: later)
    assert console.get("/console").status_code == 303


def test_keys_go_on_beside_the_provider(console: FlaskClient, stored: Store, provider: Liar) -> None:
    key = add_key(stored.keys, Scope.ADMIN, name="boss")
    time.sleep(0.7)  # keys are looked for every 0.3 s
    assert sign_in(console, key).status_code == 303
    assert console.get("/console/changes").status_code == 200
    assert provider.asked == {}, "the sign-in page asks the provider nothing"


def test_a_provider_closes_a_console_that_was_open(
    client_of: Callable[..., FlaskClient], registry: object, provider: Liar
) -> None:
    settings = {
        "public_url": "http://localhost", "oidc_issuer": provider.address, "oidc_client_id": CLIENT,
        "oidc_admin": "buyers",
    }  # fmt: skip
    console = client_of(registry.directory, **settings)  # type: ignore[attr-defined]
    assert console.get("/console").status_code == 303
    come_back(console, provider)
    assert console.get("/console/changes").status_code == 200
    assert "client_secret" not in provider.form, "a public client has none"


def test_signing_out_says_that_the_provider_still_knows_them(console: FlaskClient, provider: Liar) -> None:
    come_back(console, provider)
    left = send(console, "/console/sign-out")
    assert left.headers["Location"] == f"{SIGN_IN}?signed-out"
    shown = console.get(left.headers["Location"]).text
    assert "You are signed out here." in shown
    assert f'href="{provider.address}/leave?client_id={CLIENT}"' in shown
    assert console.get("/console").status_code == 303


def test_a_refusal_of_the_provider_is_said_in_words(console: FlaskClient, provider: Liar) -> None:
    refused = come_back(console, provider, error="access_denied")
    assert refused.status_code == 403
    assert "Shop login did not sign you in: access_denied." in refused.text
    refused = come_back(console, provider, error="<script>alert(1)</script>")
    assert "script&gt;" not in refused.text
    assert "no reason that could be read" in refused.text


def test_ways_are_counted(console: FlaskClient, provider: Liar) -> None:
    statuses = [console.get(START).status_code for _ in range(OF_AN_ADDRESS + 1)]
    assert statuses == [303] * OF_AN_ADDRESS + [429]


def test_what_somebody_does_stands_in_the_log_with_their_name(
    console_of: Callable[..., FlaskClient], provider: Liar, stored: Store
) -> None:
    console = console_of(provider.address)
    come_back(console, provider)
    changed = send(console, "/console/items/never", id="tea", placement="for_you")
    assert changed.status_code in (200, 303), changed.text
    assert {entry.key_name for entry in stored.audit.newest(10)} == {"ada@shop.example (1234)"}
