"""Settings of signing in by a provider, and what is refused of them."""

from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from recsvc.settings.settings import Settings, load_settings

WHOLE = {
    "oidc_issuer": "https://login.shop.example/realms/shop",
    "oidc_client_id": "recsvc",
    "public_url": "https://recsvc.shop.example/",
    "oidc_admin": "bosses",
}


def load(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(f"RECSVC_{name.upper()}", value)
    return load_settings(None, {})


def test_nobody_signs_in_by_a_provider_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, {}).oidc_issuer is None
    assert load(monkeypatch, {"oidc_issuer": "", "oidc_client_id": "left"}).oidc_issuer is None


def test_values_are_separated_by_commas_and_may_be_a_list_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load(monkeypatch, WHOLE | {"oidc_support": " desk, service desk ,"})
    assert settings.oidc_support == ("desk", "service desk")
    assert settings.public_url == "https://recsvc.shop.example"
    config = tmp_path / "recsvc.toml"
    config.write_text('[service]\noidc_support = ["cn=desk,dc=shop"]\n')
    monkeypatch.delenv("RECSVC_OIDC_SUPPORT")
    assert load_settings(config, {}).oidc_support == ("cn=desk,dc=shop",)


@pytest.mark.parametrize("missing", ["oidc_client_id", "public_url", "oidc_admin"])
def test_a_provider_without_the_rest_stops_the_start(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"RECSVC_OIDC_ISSUER .*RECSVC_{missing.upper()}"):
        load(monkeypatch, {name: value for name, value in WHOLE.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oidc_issuer", "http://login.shop.example"), ("oidc_issuer", "login.shop.example"),
        ("oidc_issuer", "https://user:password@login.shop.example"), ("oidc_issuer", "https://login.shop.example?a=b"),
        ("oidc_issuer", "https://[::1"), ("oidc_issuer", "https://"), ("oidc_issuer", "file:///etc/passwd"),
        ("public_url", "http://recsvc.shop.example"), ("public_url", "https://recsvc.shop.example/console"),
        ("oidc_scope", "email"), ("oidc_scope", "openid\nemail"), ("oidc_session_minutes", "0"),
    ],
)  # fmt: skip
def test_a_bad_value_stops_the_start_and_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"RECSVC_{name.upper()}"):
        load(monkeypatch, WHOLE | {name: value})


def test_the_extra_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.settings.oidc.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=r"pip install recsvc\[oidc\]"):
        load(monkeypatch, WHOLE)


def test_the_secret_may_stand_in_a_file_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "recsvc_oidc_client_secret").write_text("s3cret\n")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", str(tmp_path))
    settings = load(monkeypatch, WHOLE)
    assert settings.oidc_client_secret is not None
    assert settings.oidc_client_secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings) + str(settings.model_dump(mode="json"))
    monkeypatch.setenv("RECSVC_OIDC_CLIENT_SECRET", "")
    assert load_settings(None, {}).oidc_client_secret is None
