"""``recsvc store``, as the operating guide has it."""

from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result
from support.events import event

from recsvc.cli.main import recsvc
from recsvc.errors import StoreError
from recsvc.store.store import open_store


def run(*arguments: object) -> Result:
    return CliRunner().invoke(recsvc, ["store", *map(str, arguments)])


def fill(path: Path, n_events: int) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.events.append([event(event_id=str(number)) for number in range(n_events)])


def n_events(path: Path) -> int:
    with closing(open_store(f"sqlite:///{path}")) as store:
        return store.position().event


def test_a_store_is_backed_up_and_restored(tmp_path: Path) -> None:
    models, copy = tmp_path / "models", tmp_path / "copy.db"
    models.mkdir()
    fill(models / "recsvc.db", 3)
    made = run("backup", copy, "--models-dir", models)
    assert (made.exit_code, n_events(copy)) == (0, 3)
    assert f"{copy}: {copy.stat().st_size:,} bytes" in made.output
    fill(models / "recsvc.db", 5)
    put_back = run("restore", copy, "--models-dir", models)
    assert put_back.exit_code == 0
    assert "what was there is" in put_back.output
    assert (n_events(models / "recsvc.db"), n_events(models / "recsvc.db.replaced")) == (3, 5)


def test_postgresql_has_programs_of_its_own(tmp_path: Path) -> None:
    done = run("backup", tmp_path / "copy", "--database-url", "postgresql://me@127.0.0.1/shop")
    assert isinstance(done.exception, StoreError)
    assert "pg_dump" in str(done.exception)


def test_the_address_of_a_file_may_say_more_than_its_path(tmp_path: Path) -> None:
    fill(tmp_path / "own.db", 3)
    done = run(
        "backup", tmp_path / "copy", "--database-url", f"sqlite+pysqlite:///{tmp_path}/own.db?timeout=9"
    )
    assert (done.exit_code, n_events(tmp_path / "copy")) == (0, 3), done.exception
