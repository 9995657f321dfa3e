"""The settings of several shops."""

from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from recsvc.settings.settings import Settings
from recsvc.settings.shops import (
    Deployment,
    ShopSettings,
    is_of_all_shops,
    load_deployment,
    load_shop,
    unknown_shop_variables,
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "recsvc.toml"


def loaded(config: Path, text: str, **options: object) -> Deployment:
    config.write_text(text)
    return load_deployment(None, options)


def by_name(deployment: Deployment) -> dict[str | None, ShopSettings]:
    return {shop.name: shop for shop in deployment.shops}


def test_without_tables_of_shops_there_is_one_without_a_name(config: Path) -> None:
    deployment = loaded(config, "[service]\nport = 1234\n[placements.sale]\nbase = 'discover'\n")
    (shop,) = deployment.shops
    assert not deployment.has_names
    assert (shop.name, shop.settings, shop.hosts) == (None, deployment.settings, ())
    assert shop.settings == Settings(port=1234)
    assert shop.placements == {"sale": {"base": "discover"}}


def test_a_shop_has_the_settings_of_the_deployment_unless_it_has_its_own(config: Path) -> None:
    shops = by_name(
        loaded(
            config, "[service]\ncurrency = 'SEK'\nlanguage = 'sv'\n[shops.a]\ncurrency = 'EUR'\n[shops.b]\n"
        )
    )
    assert [(one.settings.currency, one.settings.language) for one in shops.values()] == [
        ("EUR", "sv"),
        ("SEK", "sv"),
    ]


def test_each_shop_is_kept_apart_without_a_word(config: Path) -> None:
    shops = by_name(loaded(config, "[service]\nnear_cache_bytes = 1000\n[shops.a]\n[shops.b-1]\n"))
    assert [one.settings.models_dir for one in shops.values()] == [Path("models/a"), Path("models/b-1")]
    assert [one.settings.near_cache_bytes for one in shops.values()] == [500, 500]
    assert [one.settings.database_url for one in shops.values()] == [None, None]


def test_on_one_postgres_each_shop_has_a_schema(config: Path) -> None:
    tables = "[shops.a]\n[shops.b-1]\n[shops.c]\ndatabase_schema = 'own'\n"
    text = f"[service]\ndatabase_url = 'postgresql://u:p@db/x'\n{tables}"
    shops = by_name(loaded(config, text))
    assert [one.settings.store_url for one in shops.values()] == [
        f"postgresql://u:p@db/x?options=-csearch_path%3D{schema}" for schema in ("shop_a", "shop_b_1", "own")
    ]


def test_in_one_object_store_each_shop_has_a_prefix_and_a_copy_of_its_own(config: Path) -> None:
    own = "[shops.b]\nmodels_url = 's3://bucket/b'\n[shops.c]\nmodels_dir = 'c'\n"
    text = f"[service]\nmodels_dir = 's3://bucket/all'\n[shops.a]\n{own}"
    shops = by_name(loaded(config, text))
    assert [(str(one.settings.models_dir), one.settings.models_url) for one in shops.values()] == [
        ("models/a", "s3://bucket/all/a"),
        ("models/b", "s3://bucket/b"),
        ("c", None),
    ]


def test_a_variable_of_a_shop_wins_over_its_table_and_that_over_a_variable_of_the_deployment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSVC_REDIS_URL", "redis://all:1/0")
    monkeypatch.setenv("RECSVC_SHOPS__B_1__REDIS_URL", "redis://b:1/0")
    shops = by_name(
        loaded(
            config,
            "[shops.a]\n[shops.b-1]\nredis_url = 'redis://table:1/0'\n[shops.c]\nredis_url = 'redis://c:1/0'\n",
        )
    )
    urls = [one.settings.redis_url.get_secret_value() for one in shops.values() if one.settings.redis_url]
    assert urls == ["redis://all:1/0", "redis://b:1/0", "redis://c:1/0"]


def test_a_secret_of_a_shop_may_be_a_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = config.parent / "secrets"
    secrets.mkdir()
    (secrets / "recsvc_shops__a__database_url").write_text("postgresql://u:secret@db/a\n")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", str(secrets))
    shops = by_name(loaded(config, "[shops.a]\n[shops.b]\n"))
    assert shops["a"].settings.store_url == "postgresql://u:secret@db/a"
    assert shops["b"].settings.store_url is None
    assert "secret" not in repr(shops)


def test_placements_of_all_shops_are_replaced_by_those_of_one(config: Path) -> None:
    text = "[placements.sale]\nbase = 'discover'\n[shops.a]\n[shops.b.placements.sale]\nbase = 'trending'\n"
    shops = by_name(loaded(config, text))
    assert [one.placements["sale"]["base"] for one in shops.values()] == ["discover", "trending"]


def test_hosts_are_spelled_one_way(config: Path) -> None:
    shops = by_name(loaded(config, "[shops.a]\nhosts = ['A.Example.', 'bücher.example']\n"))
    assert shops["a"].hosts == ("a.example", "xn--bcher-kva.example")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[shops.A]\n", r"\[shops.A\].*lower-case"),
        (f"[shops.{'a' * 33}]\n", "1 to 32"),
        ("[shops]\na = 1\n", r"\[shops.a\]"),
        ("[shops.a]\ncurrency = 'euros'\n", r"RECSVC_SHOPS__A__CURRENCY \(\[shops.a\] currency\)"),
        ("[shops.a]\nport = 1\n", r"\[shops.a\] port.*whole deployment"),
        ("[shops.a]\nworkers = 1\n", r"\[shops.a\] workers.*whole deployment"),
        ("[shops.a]\nhost = 'a.example'\n", r"\[shops.a\] host.*whole deployment"),
        ("[shops.a]\ncurency = 'EUR'\n", "no such setting; known are hosts, "),
        ("[shops.a]\nhosts = 'a.example:80'\n", r"hosts.*without a port"),
        ("[shops.a]\nhosts = [1]\n", "hosts.*must be a list"),
        ("[shops.a]\nplacements = 1\n", r"\[shops.a.placements\]"),
        ("[shops.a]\n[shops.b]\nmodels_dir = 'models/a'\n", r"\[shops.a\] and \[shops.b\].*models_dir"),
        (
            "[shops.a]\nhosts = ['x.y']\n[shops.b]\nhosts = ['X.Y.']\n",
            r"\[shops.a\] and \[shops.b\].*host x.y",
        ),
        (
            "[shops.a]\ndatabase_url = 'sqlite:///x.db'\n[shops.b]\ndatabase_url = 'sqlite:///./x.db'\n",
            r"\[shops.a\] and \[shops.b\] have the same database_url:",
        ),
        (
            "[shops.a]\nredis_namespace = 'x'\n[shops.b]\nredis_namespace = 'x'\n",
            r"\[shops.a\] and \[shops.b\].*redis_namespace",
        ),
        ("[service]\ndatabase_url = 'sqlite:///x.db'\n[shops.a]\n", "names one file"),
        ("[shops.a]\ndatabase_schema = 'x'\n", r"\[shops.a\].*DATABASE_SCHEMA"),
    ],
)
def test_what_cannot_be_is_refused_by_shop_and_key(config: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        loaded(config, text)


def test_a_secret_that_two_shops_share_is_not_shown(config: Path) -> None:
    text = "\n".join(f"[shops.{name}]\ndatabase_url = 'postgresql://u:hidden@db/x'" for name in "ab")
    with pytest.raises(SettingsError) as refused:
        loaded(config, text)
    assert "hidden" not in str(refused.value)


def test_a_provider_leads_back_to_a_host_of_the_shop(config: Path) -> None:
    text = (
        "[service]\noidc_issuer = 'https://login.example'\noidc_client_id = 'x'\noidc_admin = ['a']\n"
        "public_url = 'https://a.example'\n[shops.a]\nhosts = ['a.example']\n[shops.b]\nhosts = ['b.example']\n"
    )
    with pytest.raises(SettingsError, match=r"\[shops.b\] public_url"):
        loaded(config, text)


def test_a_command_is_for_the_shop_that_it_names(config: Path) -> None:
    config.write_text("[shops.a]\n[shops.b]\ncurrency = 'SEK'\n")
    assert load_shop(None, {"shop": "b", "models_dir": None}).settings.currency == "SEK"
    assert load_shop(None, {"shop": "b", "models_dir": Path("x"), "workers": 3}).settings.models_dir == Path(
        "x"
    )
    with pytest.raises(SettingsError, match="name one with --shop or RECSVC_SHOP: a, b"):
        load_shop(None, {"shop": None})
    with pytest.raises(SettingsError, match="no shop 'c': there are a, b"):
        load_shop(None, {"shop": "c"})


def test_a_shop_is_not_named_where_there_are_none(config: Path) -> None:
    config.write_text("[service]\n")
    assert load_shop(None, {"shop": None}).name is None
    with pytest.raises(SettingsError, match=r"no table \[shops.a\]"):
        load_shop(None, {"shop": "a"})


def test_a_variable_of_no_shop_is_told_of(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSVC_SHOPS__C__CURRENCY", "EUR")
    assert unknown_shop_variables(loaded(config, "[shops.a]\n")) == ["RECSVC_SHOPS__C__CURRENCY"]


def test_what_a_worker_has_once_is_of_the_deployment() -> None:
    ours = {name for name in Settings.model_fields if is_of_all_shops(name)}
    assert ours == {
        "host", "port", "workers", "threads", "hang_seconds", "drain_seconds", "shared_dir", "trusted_proxies",
        "operator_key", "log_level", "tracing_endpoint", "tracing_ratio",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["reports", "refused", "spark"])
def test_a_shop_is_not_called_like_what_lies_beside_versions(config: Path, name: str) -> None:
    with pytest.raises(
        SettingsError, match=f"shops.{name}.: a shop cannot be called refused, reports, spark"
    ):
        loaded(config, f"[shops.{name}]\n")


def test_two_spellings_of_one_file_are_one_store(config: Path) -> None:
    with pytest.raises(SettingsError, match="have the same database_url"):
        loaded(
            config,
            "[shops.a]\ndatabase_url = 'sqlite:///x.db'\n[shops.b]\ndatabase_url = 'sqlite+pysqlite:///x.db?timeout=9'\n",
        )
