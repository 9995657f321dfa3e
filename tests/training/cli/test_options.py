"""Where commands take orders from, as a user names it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from support.events import event

from recsvc.errors import RecsvcError, SettingsError, TooLittleDataError
from recsvc.store.store import open_store
from training.cli.main import recsvc_train
from training.cli.options import source_options
from training.sources.shop_store import places_of_service, places_of_shop

MAY = 1_777_593_600
ROWS = [(f"u{n % 4}", f"item-{n % 3}", f"2025-05-0{1 + n % 7}", f"o{n}") for n in range(24)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("RECSVC_DATABASE_URL", "RECSVC_ORDERS_SQL_URL", "RECSVC_MODELS_DIR", "RECSVC_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(recsvc_train, arguments)


def fill_store(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    store = open_store(f"sqlite:///{path}")
    store.events.append([event(item, MAY + n, user_id=user) for n, (user, item, _, _) in enumerate(ROWS)])
    store.close()


def fill_shop(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE sold (user_id, item_id, ordered_at, order_id)")
        connection.executemany("INSERT INTO sold VALUES (?, ?, ?, ?)", ROWS)


@pytest.mark.parametrize("command", ["run", "evaluate", "tune", "doctor"])
def test_every_command_wants_one_source(command: str) -> None:
    done = invoke(command)
    assert done.exit_code == 2
    assert "name where the orders are: --orders FILE, --from-store" in done.output


def test_the_store_is_found_in_the_models_directory(here: Path) -> None:
    fill_store(here / "m" / "recsvc.db")
    assert invoke("doctor", "--from-store", "--models-dir", "m").exit_code == 0


def test_the_settings_file_may_be_named_by_the_variable_that_the_service_has_for_it(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_store(here / "other.db")
    (here / "else.toml").write_text('[service]\ndatabase_url = "sqlite:///other.db"\n')
    monkeypatch.setenv("RECSVC_CONFIG", "else.toml")
    assert invoke("doctor", "--from-store").exit_code == 0


@pytest.mark.parametrize("options", [(), ("--models-dir", "there")])
def test_versions_and_store_are_where_the_service_has_them_unless_an_option_says_otherwise(
    here: Path, options: tuple[str, ...]
) -> None:
    fill_store(here / "there" / "recsvc.db")
    (here / "recsvc.toml").write_text(f'[service]\nmodels_dir = "{"elsewhere" if options else "there"}"\n')
    assert invoke("doctor", "--from-store", *options).exit_code == 0


def test_the_store_is_found_where_a_secret_says(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_store(here / "other.db")
    (here / "secrets").mkdir()
    (here / "secrets" / "recsvc_database_url").write_text("sqlite:///other.db\n")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", str(here / "secrets"))
    assert invoke("doctor", "--from-store").exit_code == 0


@pytest.mark.parametrize("way", ["variable", "table"])
def test_the_store_is_looked_for_in_the_schema_of_the_service(
    here: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Whoever asked to be forgotten stands there; in another schema nobody has."""
    if way == "variable":
        monkeypatch.setenv("RECSVC_DATABASE_SCHEMA", "ours")
    else:
        (here / "recsvc.toml").write_text("[service]\ndatabase_schema = 'ours'\n")
    _, _, found = places_of_service(None, {"database_url": "postgresql://me@127.0.0.1/shop"})
    assert found.url == "postgresql://me@127.0.0.1/shop?options=-csearch_path%3Dours"


def test_the_store_is_found_where_recsvc_toml_says(here: Path) -> None:
    fill_store(here / "other.db")
    (here / "recsvc.toml").write_text('[service]\ndatabase_url = "sqlite:///other.db"\n')
    assert invoke("doctor", "--from-store").exit_code == 0


def test_the_variable_wins_over_recsvc_toml_and_the_option_over_both(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_store(here / "mine.db")
    (here / "recsvc.toml").write_text('[service]\ndatabase_url = "sqlite:///toml.db"\n')
    monkeypatch.setenv("RECSVC_DATABASE_URL", "sqlite:///variable.db")
    assert "variable.db" in str(refusal("doctor", "--from-store"))
    assert invoke("doctor", "--from-store", "--database-url", "sqlite:///mine.db").exit_code == 0


def test_the_settings_file_may_be_named_by_the_variable_as_for_the_service(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_store(here / "other.db")
    (here / "etc").mkdir()
    (here / "etc" / "shop.toml").write_text('[service]\ndatabase_url = "sqlite:///other.db"\n')
    monkeypatch.setenv("RECSVC_CONFIG", "etc/shop.toml")
    assert invoke("doctor", "--from-store").exit_code == 0
    monkeypatch.setenv("RECSVC_CONFIG", "etc/gone.toml")
    assert invoke("doctor", "--from-store").exit_code == 2


def test_the_store_is_found_where_the_directory_of_secrets_says(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_store(here / "secret.db")
    (here / "secrets").mkdir()
    (here / "secrets" / "recsvc_database_url").write_text("sqlite:///secret.db\n")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", "secrets")
    assert invoke("doctor", "--from-store").exit_code == 0


def test_the_versions_are_where_the_service_has_them_unless_somebody_says_otherwise(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "recsvc.toml").write_text('[service]\nmodels_dir = "all/of-it"\n')
    assert "sqlite:///all/of-it/recsvc.db" in str(refusal("doctor", "--from-store"))
    monkeypatch.setenv("RECSVC_MODELS_DIR", "mine")
    assert "sqlite:///mine/recsvc.db" in str(refusal("doctor", "--from-store"))
    assert "sqlite:///yours/recsvc.db" in str(refusal("doctor", "--from-store", "--models-dir", "yours"))
    monkeypatch.delenv("RECSVC_MODELS_DIR")
    (here / "recsvc.toml").write_text("[service]\nmodels_dir = 5\n")
    assert "[service] models_dir must be a text, got int" in str(refusal("doctor", "--from-store"))


def test_a_bucket_of_the_settings_file_counts_where_no_directory_is_named(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    for said in ('models_url = "s3://shop/models"', 'models_dir = "s3://shop/models"'):
        config.write_text(f"[service]\n{said}\n")
        assert places_of_service(config, {})[:2] == (Path("models"), "s3://shop/models")
        assert places_of_service(config, {"models_dir": Path("mine")})[:2] == (Path("mine"), None)
    config.write_text('[service]\nmodels_url = "ftp://shop/models"\n')
    with pytest.raises(SettingsError, match="models_url must be the address"):
        places_of_service(config, {})


def test_the_schema_of_the_service_is_that_of_the_training(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text('[service]\ndatabase_url = "postgresql://db/shop"\ndatabase_schema = "garden"\n')
    *_, store = places_of_service(config, {})
    assert store.url == "postgresql://db/shop?options=-csearch_path%3Dgarden"


def test_a_bucket_on_the_command_line_is_that_of_a_shop_too(here: Path) -> None:
    (here / "recsvc.toml").write_text("[shops.a]\n")
    places = places_of_shop("a", None, {"models_url": "s3://other/a"})
    assert places[:2] == (Path("models/a"), "s3://other/a")
    done = invoke("run", "--orders", "none.csv", "--shop", "a", "--models-dir", "ftp://other/a")
    assert done.exit_code == 2
    assert "must be the address of an object store" in " ".join(done.output.split())


def refusal(*arguments: str) -> RecsvcError:
    error = invoke(*arguments).exception
    assert isinstance(error, RecsvcError), error
    return error


def test_no_store_says_where_it_was_looked_for() -> None:
    error = refusal("doctor", "--from-store")
    assert isinstance(error, TooLittleDataError)
    assert "there is no store sqlite:///models/recsvc.db: start `recsvc serve`" in str(error)


@pytest.mark.parametrize("url", ["mysql://ada:hush@db/shop", "nonsense hush"])
def test_an_address_that_cannot_be_a_store_is_refused_without_being_quoted(url: str) -> None:
    error = refusal("doctor", "--from-store", "--database-url", url)
    assert isinstance(error, SettingsError)
    assert "database_url must be" in str(error)
    assert "hush" not in str(error)


def test_a_query_may_be_a_file_and_its_url_a_variable(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_shop(here / "shop.db")
    (here / "orders.sql").write_text("SELECT * FROM sold -- all of them\n")
    monkeypatch.setenv("RECSVC_ORDERS_SQL_URL", "sqlite:///shop.db")
    done = invoke("doctor", "--query", "@orders.sql")
    assert done.exit_code == 0, done.output
    assert invoke("doctor").exit_code == 2  # the variable alone asks for nothing


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--orders-sql", "sqlite:///shop.db"], "needs --query"),
        (["--query", "SELECT 1"], "RECSVC_ORDERS_SQL_URL"),
        (["--orders-sql", "sqlite:///shop.db", "--query", "@none.sql"], "cannot read none.sql"),
    ],
)
def test_half_a_query_is_refused(arguments: list[str], told: str) -> None:
    done = invoke("doctor", *arguments)
    assert done.exit_code == 2
    assert told in done.output


QUESTIONABLE = "user_id;item_id;qty;date;title\n" + "".join(
    f"u{n % 4};i{n % 3};{n % 2 + 1},000;0{1 + n % 7}/05/2025;Krzesło\n" for n in range(24)
)


def test_the_options_that_say_how_files_are_written_answer_the_questions(here: Path) -> None:
    (here / "orders.csv").write_bytes(QUESTIONABLE.encode("cp852"))
    asked = invoke("doctor", "--orders", "orders.csv")
    assert asked.exit_code == 3
    said = invoke(
        *("doctor", "--orders", "orders.csv", "--encoding", "cp852"),
        *("--decimal-mark", ",", "--date-format", "%d/%m/%Y"),
    )
    assert said.exit_code == 0, said.output


def test_recsvc_toml_answers_the_same_questions(here: Path) -> None:
    (here / "orders.csv").write_bytes(QUESTIONABLE.encode("cp852"))
    (here / "recsvc.toml").write_text(
        '[training]\nencoding = "cp852"\ndecimal_mark = ","\ndate_format = "%d/%m/%Y"\n'
    )
    assert invoke("doctor", "--orders", "orders.csv").exit_code == 0


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
def test_an_unknown_encoding_is_refused_by_name(here: Path, encoding: str) -> None:
    (here / "orders.csv").write_text("user_id,item_id\na,x\n")
    done = invoke("doctor", "--orders", "orders.csv", "--encoding", encoding)
    assert isinstance(done.exception, SettingsError)
    assert f"must be an encoding such as windows-1252, got '{encoding}'" in str(done.exception)


@pytest.mark.parametrize(
    "arguments",
    [
        ("look", "--orders", ""),
        ("run", "--orders", "orders.csv", "--orders", " "),
        ("look", "--orders", "orders.csv", "--json", ""),
        ("evaluate", "--orders", "orders.csv", "--json", ""),
        ("run", "--orders", "orders.csv", "--models-dir", ""),
        ("run", "--orders", "orders.csv", "--catalogue", ""),
        ("run", "--orders", "orders.csv", "--config", ""),
        ("tune", "--orders", "orders.csv", "--study", ""),
        ("tune", "--orders", "orders.csv", "--write", ""),
        ("sample", "--out", ""),
    ],
)
def test_an_empty_path_is_not_the_current_folder(here: Path, arguments: tuple[str, ...]) -> None:
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert "the path is empty; name a file" in " ".join(done.output.split())
    assert not list(here.iterdir())


def test_an_empty_query_of_a_file_is_not_the_current_folder() -> None:
    done = invoke("run", "--orders-sql", "sqlite:///shop.db", "--query", "@")
    assert done.exit_code == 2
    assert "cannot read" in done.output


def test_one_of_several_shops_is_to_be_named(here: Path) -> None:
    (here / "recsvc.toml").write_text("[shops.a]\n[shops.b]\n")
    assert "name one with --shop or RECSVC_SHOP: a, b" in str(refusal("doctor", "--from-store"))
    assert "there is no shop 'c': there are a, b" in str(refusal("doctor", "--from-store", "--shop", "c"))


def test_the_store_of_a_shop_is_where_the_service_has_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "recsvc.toml").write_text(
        "[service]\nmodels_dir = 'all'\n[shops.a]\n[shops.b]\ndatabase_url = 'sqlite:///b.db'\n[shops.c]\n"
    )
    for path in ("all/a/recsvc.db", "b.db", "mine/recsvc.db", "secret.db"):
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        fill_store(here / path)
    for shop in ("a", "b"):
        assert invoke("doctor", "--from-store", "--shop", shop).exit_code == 0
    assert "all/c/recsvc.db" in str(refusal("doctor", "--from-store", "--shop", "c"))
    assert invoke("doctor", "--from-store", "--shop", "c", "--models-dir", "mine").exit_code == 0
    (here / "secrets").mkdir()
    (here / "secrets" / "recsvc_shops__c__database_url").write_text("sqlite:///secret.db\n")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", "secrets")
    monkeypatch.setenv("RECSVC_SHOP", "c")
    assert invoke("doctor", "--from-store").exit_code == 0


@click.command()
@source_options(passes_models_dir=True)
def told_places(models_dir: Path, models_url: str | None, **_others: object) -> None:
    """Print where versions are published."""
    click.echo(f"{models_dir} {models_url}")


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ((), "models/garden s3://all/garden"),
        (("--models-dir", "s3://own/x"), "models/garden s3://own/x"),
        (("--models-dir", "here"), "here None"),
        (("--models-dir", "here", "--models-url", "s3://own/x"), "here s3://own/x"),
    ],
)
def test_an_option_says_where_the_versions_of_one_of_several_shops_are(
    here: Path, options: tuple[str, ...], places: str
) -> None:
    (here / "recsvc.toml").write_text("[service]\nmodels_url = 's3://all'\n[shops.garden]\n[shops.books]\n")
    done = CliRunner().invoke(told_places, ["--orders", "o.csv", "--shop", "garden", *options])
    assert done.output == f"{places}\n", done.exception
