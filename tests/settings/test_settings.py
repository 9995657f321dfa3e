from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from recsvc.settings.settings import Settings, load_settings, unknown_variables


def test_a_variable_wins_over_the_file_and_an_option_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('[service]\nport = 1111\nworkers = 3\nhost = "localhost"\n')
    monkeypatch.setenv("RECSVC_PORT", "2222")
    monkeypatch.setenv("RECSVC_WORKERS", "4")
    settings = load_settings(config, {"workers": 5, "host": None})
    assert (settings.port, settings.workers, settings.host) == (2222, 5, "localhost")


def test_the_file_in_the_working_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recsvc.toml").write_text("[service]\nport = 1234\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}).port == 1234


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RECSVC_PORT", "0"),
        ("RECSVC_WORKERS", "many"),
        ("RECSVC_REDIS_URL", "localhost:6379"),
        ("RECSVC_REDIS_URL", "redis://localhost:abc/0"),
        ("RECSVC_DATABASE_URL", "nonsense"),
        ("RECSVC_DATABASE_URL", "mysql://host/db"),
        ("RECSVC_DATABASE_URL", "postgresql://host"),
        ("RECSVC_DATABASE_URL", "sqlite://"),
        ("RECSVC_DATABASE_URL", "sqlite:///:memory:"),
        ("RECSVC_CACHE_TTL_SECONDS", "inf"),
        ("RECSVC_LOG_LEVEL", "loud"),
        ("RECSVC_RATE_LIMIT", "often"),
        ("RECSVC_RATE_LIMIT", "0/second"),
        ("RECSVC_WIDGET_RATE_LIMIT", "often"),
        ("RECSVC_TRUSTED_PROXIES", "-1"),
        ("RECSVC_CORS_ORIGINS", "*"),
        ("RECSVC_CORS_ORIGINS", "https://shop.example/"),
        ("RECSVC_CACHE_TTL_SECONDS", "-1"),
        ("RECSVC_NEW_ITEMS_SHARE", "0.6"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings(None, {})


def test_a_key_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[service]\nredis = 1\n")
    with pytest.raises(SettingsError, match="redis: there is no such setting; known are models_dir"):
        load_settings(tmp_path / "c.toml", {})


def test_a_misspelled_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSVC_REDIS_URI", "redis://x")
    assert unknown_variables() == ["RECSVC_REDIS_URI"]


def test_the_password_of_redis_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSVC_REDIS_URL", "redis://:secret@localhost:6379/0")
    assert "secret" not in repr(load_settings(None, {}))


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/db", "postgresql://me:secret@host:port/db"])
def test_the_password_of_the_database_is_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RECSVC_DATABASE_URL", url)
    try:
        shown = repr(load_settings(None, {}))
    except SettingsError as error:
        shown = str(error)
    assert "DATABASE_URL" in shown or "database_url" in shown
    assert "secret" not in shown


def test_origins_are_separated_by_commas_or_a_list_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = ("https://shop.example", "http://localhost:3000")
    (tmp_path / "c.toml").write_text(f"[service]\ncors_origins = {list(both)}\n")
    assert load_settings(tmp_path / "c.toml", {}).cors_origins == both
    monkeypatch.setenv("RECSVC_CORS_ORIGINS", ", ".join(both))
    assert load_settings(None, {}).cors_origins == both


@pytest.mark.parametrize(
    ("host", "allow_open", "is_open"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("localhost", None, True),
        ("0.0.0.0", None, False),
        ("::", None, False),
        ("10.1.2.3", None, False),
        ("shop.example", None, False),
        ("0.0.0.0", True, True),
        ("127.0.0.1", False, False),
    ],
)
def test_without_keys_only_loopback_is_open_unless_it_is_said_to_be(
    host: str, allow_open: bool | None, is_open: bool
) -> None:
    assert Settings(host=host, allow_open=allow_open).is_open == is_open


def test_a_setting_may_stand_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets, config = tmp_path / "secrets", tmp_path / "recsvc.toml"
    secrets.mkdir()
    (secrets / "recsvc_redis_url").write_text("redis://recsvc:password@redis:6379/0\n")
    (secrets / "recsvc_workers").write_text("3")
    config.write_text("[service]\nworkers = 5\nthreads = 6\n")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", str(secrets))
    settings = load_settings(config, {})
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://recsvc:password@redis:6379/0"
    assert (settings.workers, settings.threads) == (3, 6)
    monkeypatch.setenv("RECSVC_WORKERS", "4")
    assert load_settings(config, {}).workers == 4
    assert unknown_variables() == []
    monkeypatch.setenv("RECSVC_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="RECSVC_SECRETS_DIR"):
        load_settings(config, {})


class TestWhereTheModelsAre:
    def test_a_directory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECSVC_MODELS_DIR", "/somewhere")
        settings = load_settings(None, {})
        assert (settings.models_dir, settings.models_url) == (Path("/somewhere"), None)

    def test_an_object_store_under_the_short_form(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECSVC_MODELS_DIR", "s3://bucket/shop")
        settings = load_settings(None, {})
        assert (settings.models_dir, settings.models_url) == (Path("models"), "s3://bucket/shop")

    def test_an_object_store_and_the_directory_of_its_copy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECSVC_MODELS_URL", "gs://bucket/shop")
        settings = load_settings(None, {"models_dir": Path("/copy")})
        assert (settings.models_dir, settings.models_url) == (Path("/copy"), "gs://bucket/shop")

    @pytest.mark.parametrize("name", ["RECSVC_MODELS_DIR", "RECSVC_MODELS_URL"])
    @pytest.mark.parametrize("value", ["redis://[::1", "ftp://host/x", "s3://", "s3://key:secret@bucket/x"])
    def test_any_other_address_is_refused_by_the_name_that_was_given(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(SettingsError, match=name):
            load_settings(None, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "workers = 8\n[service]\n",
            r"workers outside of any table, of which nothing is known; known are \[service\]",
        ),
        ("[servcie]\nworkers = 8\n", r"a table \[servcie\], of which nothing is known"),
        ("[[traning]]\nfactors = 8\n", "traning outside of any table"),
    ],
)
def test_what_stands_in_no_known_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_settings(tmp_path / "c.toml", {})
