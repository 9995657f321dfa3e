"""Who comes in, how, and what pages let a browser do."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from support.keys import add_key
from support.pages import SIGN_IN, send, sign_in, token_in

from recsvc.errors import StoreError
from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import Store
from recsvc.web.entry.abilities import ABILITIES
from recsvc.web.entry.guard import safe_next
from recsvc.web.entry.session import COOKIE, SESSION_SECONDS
from recsvc.web.entry.sign_in import ATTEMPTS_A_MINUTE


def test_without_keys_everybody_at_this_machine_sees_the_console(anybody: FlaskClient) -> None:
    assert anybody.get("/").headers["Location"] == "/console"
    assert anybody.get("/console").status_code == 200
    assert "Sign out" not in anybody.get("/console").text


def test_without_keys_a_name_that_is_not_this_machine_is_refused(anybody: FlaskClient) -> None:
    for path in ("/", "/console", SIGN_IN, "/console/static/console.css", "/console/nothing"):
        assert anybody.get(path, headers={"Host": "evil.example"}).status_code == 421, path


def test_whoever_has_no_key_gets_the_sign_in_page_and_static_files_alone(keyed: FlaskClient) -> None:
    assert keyed.get("/").status_code == 200
    assert "recognises returning shoppers" in keyed.get("/").text
    assert keyed.get(SIGN_IN).status_code == 200
    assert keyed.get("/console/static/console.css").mimetype == "text/css"
    addresses = {
        rule.rule.replace("<path:_rest>", "x").replace("<path:item_id>", "tea")
        for rule in keyed.application.url_map.iter_rules()
        if rule.rule.startswith("/console") and "static" not in rule.rule and rule.rule != SIGN_IN
    }
    assert len(addresses) > 2
    for address in addresses:
        shown = keyed.get(address)
        assert (shown.status_code, shown.headers["Location"].partition("?")[0]) == (303, SIGN_IN), address
        assert keyed.post(address).status_code == 403, address
        assert keyed.put(address).status_code == 403, address
        assert keyed.get(f"/console/static/..{address}").status_code == 404


def test_no_spelling_of_a_path_leads_past_the_sign_in(keyed: FlaskClient) -> None:
    for path in (
        "//console/shoppers", "/console//shoppers", "/./console/shoppers", "/console/../console/shoppers", "/Console",
        "/console%2fshoppers", "/%63onsole/shoppers", "/console/shoppers/", "////", "/console;x/shoppers",
        "/console/static/../shoppers", "/console/static/%2e%2e/shoppers", "/console/sign-in/../shoppers",
    ):  # fmt: skip
        raw = {"PATH_INFO": path}  # as a client that cleans nothing sends it
        for shown in (keyed.get(path, query_string={"id": "ada"}), keyed.get("/", environ_overrides=raw)):
            assert shown.status_code in (303, 308, 401, 404), path
            assert "Bought" not in shown.text, path
            assert "token" not in shown.text, path


@pytest.mark.parametrize("scope", list(Scope))
def test_keys_for_people_open_the_console_and_others_do_not(
    keyed: FlaskClient, client_of: Callable[..., FlaskClient], registry: Registry, stored: Store, scope: Scope
) -> None:
    key = add_key(stored.keys, scope)
    client = client_of(registry.directory)
    entered = sign_in(client, key)
    assert entered.status_code == (303 if scope in ABILITIES else 403)
    assert client.get("/console").status_code == (200 if scope in ABILITIES else 303)


def test_signing_in_leads_to_the_page_that_was_asked_for(
    signed_in: Callable[..., FlaskClient],
    client_of: Callable[..., FlaskClient],
    registry: Registry,
    stored: Store,
) -> None:
    key = add_key(stored.keys, Scope.ADMIN)
    client = client_of(registry.directory)
    asked = client.get("/console/nothing?id=a%20b")
    assert asked.headers["Location"] == f"{SIGN_IN}?next=%2Fconsole%2Fnothing%3Fid%3Da%2520b"
    assert 'value="/console/nothing?id=a%20b"' in client.get(asked.headers["Location"]).text
    entered = sign_in(client, key, next="/console/nothing?id=a%20b")
    assert entered.headers["Location"] == "/console/nothing?id=a%20b"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example/console", "/consoles", "\\/evil", "/console\n/x", "/v1/model",
     "javascript:alert(1)", "/console/\\evil", "", "/console/sign-in?next=/console"],
)  # fmt: skip
def test_signing_in_leads_to_no_other_place(wanted: str) -> None:
    assert safe_next(wanted) == "/console"


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_connections(
    keyed: FlaskClient, client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    key = add_key(stored.keys, Scope.ADMIN)
    client = client_of(registry.directory)
    plain = sign_in(client, key).headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/console", "SameSite=Strict", f"Max-Age={SESSION_SECONDS}"} <= set(
        plain.split("; ")
    )
    assert "Secure" not in plain
    assert key.secret not in plain
    client.delete_cookie(COOKIE, path="/console")
    token = token_in(client.get(SIGN_IN))
    encrypted = client.post(
        SIGN_IN, data={"token": token, "key": str(key)}, headers={"X-Forwarded-Proto": "https"}
    )
    assert "; Secure" in encrypted.headers["Set-Cookie"]


def test_whoever_signed_in_where_the_clock_is_ahead_is_signed_in(
    signed_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, behind = signed_in(Scope.ADMIN), int(time.time()) - 30
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: behind)
    assert client.get("/console").status_code == 200


def test_a_cookie_that_was_altered_or_is_too_old_opens_nothing(
    signed_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(Scope.ADMIN)
    cookie = client.get_cookie(COOKIE, path="/console").value
    assert client.get("/console").status_code == 200
    client.set_cookie(COOKIE, cookie[:-2] + ("aa" if cookie[-2:] != "aa" else "bb"), path="/console")
    assert client.get("/console").status_code == 303
    client.set_cookie(COOKIE, cookie, path="/console")
    later = time.time() + SESSION_SECONDS + 2
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: int(later))
    assert client.get("/console").status_code == 303


def test_a_cookie_of_another_shop_opens_nothing(
    signed_in: Callable[..., FlaskClient],
    keyed: FlaskClient,
    client_of: Callable[..., FlaskClient],
    tmp_path: Path,
) -> None:
    cookie = signed_in(Scope.ADMIN).get_cookie(COOKIE, path="/console").value
    (tmp_path / "other").mkdir()
    other = client_of(tmp_path / "other", allow_open=False, log_level="error")
    other.set_cookie(COOKIE, cookie, path="/console")
    assert other.get("/console").status_code == 303


def test_revoking_the_key_ends_the_session_within_a_second(
    signed_in: Callable[..., FlaskClient], stored: Store
) -> None:
    client = signed_in(Scope.ADMIN)
    assert client.get("/console").status_code == 200
    for key in stored.keys.all():
        stored.keys.revoke(key.key_id, 1)
    deadline = time.monotonic() + 1.5
    while client.get("/console").status_code != 303:
        assert time.monotonic() < deadline, "keys are followed within a second"
        time.sleep(0.02)
    assert client.post("/console/sign-out", data={"token": "x"}).status_code == 403


def test_signing_out_ends_it_in_the_browser(signed_in: Callable[..., FlaskClient]) -> None:
    client = signed_in(Scope.SUPPORT)
    assert "support desk" in client.get("/console").text
    assert send(client, "/console/sign-out").headers["Location"] == SIGN_IN
    assert client.get("/console").status_code == 303


def test_attempts_are_limited(keyed: FlaskClient, stored: Store) -> None:
    wrong = Token.new()
    answers = [sign_in(keyed, wrong) for _ in range(ATTEMPTS_A_MINUTE + 1)]
    assert [answer.status_code for answer in answers] == [403] * ATTEMPTS_A_MINUTE + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert str(wrong) not in answers[0].text


def test_a_form_without_its_token_or_from_elsewhere_does_nothing(
    signed_in: Callable[..., FlaskClient],
) -> None:
    client = signed_in(Scope.ADMIN)
    token = token_in(client.get("/console"))
    for fields, headers in (
        ({}, {}),
        ({"token": "x"}, {}),
        ({"token": "é"}, {}),
        ({"token": token}, {"Origin": "https://evil.example"}),
        ({"token": token}, {"Origin": "null"}),
        ({"token": token}, {"Sec-Fetch-Site": "cross-site"}),
        ({"token": token}, {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}),
    ):
        refused = client.post("/console/sign-out", data=fields, headers=headers)
        assert (refused.status_code, refused.mimetype) == (403, "text/html"), (fields, headers)
    assert client.get("/console").status_code == 200, "still signed in"
    here = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/console/sign-out", data={"token": token}, headers=here).status_code == 303


def test_a_form_of_one_session_is_none_of_another(signed_in: Callable[..., FlaskClient]) -> None:
    one, other = signed_in(Scope.ADMIN), signed_in(Scope.ADMIN)
    token = token_in(one.get("/console"))
    assert other.post("/console/sign-out", data={"token": token}).status_code == 403


def test_every_answer_tells_the_browser_what_it_must_not_do(
    keyed: FlaskClient, signed_in: Callable[..., FlaskClient]
) -> None:
    admin = signed_in(Scope.ADMIN)
    for shown in (
        admin.get("/console"), admin.get("/console/nothing"), admin.get("/console/placements/for_you"),
        admin.post("/console/sign-out"), admin.get("/console/static/console.js"), admin.get("/console/picture/tea.svg"),
        keyed.get("/"), keyed.get(SIGN_IN), keyed.get("/console"), keyed.post("/console"),
    ):  # fmt: skip
        policy = shown.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        for part in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Referrer-Policy"] == "same-origin"
        assert shown.headers["X-Frame-Options"] == "DENY"
    assert admin.get("/console").headers["Cache-Control"] == "no-store"
    assert keyed.get(SIGN_IN).headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" not in keyed.get("/v1/model").headers


def test_errors_are_pages(anybody: FlaskClient) -> None:
    missing = anybody.get("/console/nothing/at/all")
    assert (missing.status_code, missing.mimetype) == (404, "text/html")
    assert "<h1>There is no such page</h1>" in missing.text


def test_while_the_keys_cannot_be_read_there_is_a_page_that_says_so(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    away = client_of(registry.directory, database_url="postgresql://nobody@127.0.0.1:1/none")
    shown = away.get("/console")
    assert (shown.status_code, shown.mimetype, shown.headers["Retry-After"]) == (503, "text/html", "2")


def test_entering_is_noted(signed_in: Callable[..., FlaskClient], stored: Store) -> None:
    signed_in(Scope.MERCHANDISE)
    [entry] = stored.audit.newest(10)
    assert (entry.action, entry.key_name) == ("signed-in", "merchandise desk")


def test_a_store_that_fails_is_a_page(
    signed_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch, stored: Store
) -> None:
    client = signed_in(Scope.ADMIN)
    send(client, "/console/sign-out")

    def fail(*_: object) -> None:
        raise StoreError("secret host")

    monkeypatch.setattr("recsvc.store.audit.Audit.add", fail)
    answer = sign_in(client, add_key(stored.keys, Scope.ADMIN))
    assert answer.status_code in (403, 503)
    assert "secret host" not in answer.text
