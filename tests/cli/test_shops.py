"""Commands where there are several shops."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.models import release, small_model
from support.postgres import PostgresServer

from recsvc.cli.main import recsvc
from recsvc.cli.options import book_of
from recsvc.cli.serve import require_stores
from recsvc.errors import RulesError, SettingsError
from recsvc.model.registry import Registry
from recsvc.settings.shops import load_deployment


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recsvc.toml").write_text("[shops.a]\n[shops.b]\n")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(recsvc, arguments)


@pytest.mark.parametrize(
    "command",
    [
        ("keys", "list"), ("models", "list"), ("rules", "check"), ("store", "backup", "x"), ("warm",), ("plan",),
        ("items", "import", "recsvc.toml"),
    ],
)  # fmt: skip
def test_a_command_without_a_shop_ends_with_their_names(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert isinstance(done.exception, SettingsError)
    assert "name one with --shop or RECSVC_SHOP: a, b" in str(done.exception)


def test_a_key_is_made_for_the_shop_that_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("keys", "create", "--shop", "a", "--scope", "read").exit_code == 0
    assert "read" in run("keys", "list", "--shop", "a").output
    monkeypatch.setenv("RECSVC_SHOP", "b")
    assert "there are no keys yet" in run("keys", "list").output
    assert (here / "models" / "a" / "recsvc.db").exists()


def test_versions_are_those_of_the_shop(here: Path) -> None:
    Registry(here / "models" / "b").publish(small_model(), release("7"))
    assert "7" in run("models", "list", "--shop", "b").output
    assert "has no versions yet" in run("models", "list", "--shop", "a").output


def test_placements_that_make_no_sense_are_refused_by_their_shop(here: Path) -> None:
    (here / "recsvc.toml").write_text("[shops.a.placements.sale]\nbase = 'no such'\n")
    (shop,) = load_deployment(None, {}).shops
    with pytest.raises(RulesError, match=r"\[shops.a\]: .*sale"):
        book_of(shop)


def test_two_shops_with_one_store_are_refused_whatever_it_is_called(
    here: Path, shared_postgres: PostgresServer
) -> None:
    url = shared_postgres.new_database()
    same = url.replace("127.0.0.1", "localhost")
    (here / "recsvc.toml").write_text(
        f"[shops.a]\ndatabase_url = '{url}'\n[shops.b]\ndatabase_url = '{same}'\n"
    )
    with pytest.raises(SettingsError, match=r"\[shops.a\] and \[shops.b\] have the same store, or a copy"):
        require_stores(load_deployment(None, {}).shops)


def test_a_shop_whose_store_is_a_copy_of_anothers_is_refused(here: Path) -> None:
    run("keys", "create", "--shop", "a", "--scope", "read")
    assert run("store", "backup", "models/copy.db", "--shop", "a").exit_code == 0
    (here / "recsvc.toml").write_text("[shops.a]\n[shops.b]\ndatabase_url = 'sqlite:///models/copy.db'\n")
    with pytest.raises(SettingsError, match=r"\[shops.a\] and \[shops.b\] have the same store, or a copy"):
        require_stores(load_deployment(None, {}).shops)


def test_a_shop_without_a_key_on_an_address_for_all_is_refused_by_its_name(here: Path) -> None:
    run("keys", "create", "--shop", "a", "--scope", "read")
    (here / "models" / "b").mkdir()
    with pytest.raises(SettingsError, match=r"\[shops.b\]: there is no key"):
        require_stores(load_deployment(None, {"host": "0.0.0.0"}).shops)
