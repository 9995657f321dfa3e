import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recsvc.cli.keys import require_protection
from recsvc.cli.main import recsvc
from recsvc.errors import SettingsError
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope, read_token
from recsvc.store.store import open_store


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(recsvc, ["keys", *map(str, arguments)])


def create(directory: Path, *options: str) -> Result:
    return run("create", "--models-dir", directory, *options)


def test_a_new_key_is_printed_alone_and_works(tmp_path: Path) -> None:
    result = create(tmp_path, "--scope", "read", "--scope", "events", "--name", "shop")
    token = read_token(result.stdout.strip())
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    [key] = store.keys.all()
    store.close()
    assert token is not None
    assert key.holds(token.secret)
    assert (key.scopes, key.name) == ({Scope.READ, Scope.EVENTS}, "shop")
    assert "cannot be shown again" in result.stderr


def test_the_list_shows_everything_but_the_secret(tmp_path: Path) -> None:
    token = create(
        tmp_path,
        "--scope",
        "read",
        "--name",
        "front",
        "--expires",
        "2999-01-01",
        "--origin",
        "https://shop.example",
    ).stdout.strip()
    shown = run("list", "--models-dir", tmp_path).output
    key_id, secret = token.split("_", 2)[1:]
    assert secret not in shown
    for word in (key_id, "read", "front", "2999-01-01 00:00"):
        assert word in shown


def test_a_revoked_key_is_shown_as_such(tmp_path: Path) -> None:
    key_id = create(tmp_path, "--scope", "admin").stdout.split("_")[1]
    assert run("revoke", key_id, "--models-dir", tmp_path).output.startswith(f"{key_id} is revoked")
    assert re.search(rf"{key_id}.*revoked 2\d\d\d-", run("list", "--models-dir", tmp_path).output)


def test_what_cannot_be_revoked_is_named(tmp_path: Path) -> None:
    result = run("revoke", "nothing", "--models-dir", tmp_path)
    assert isinstance(result.exception, SettingsError)
    assert "'nothing'" in str(result.exception)


def test_without_keys_the_list_says_how_to_make_one(tmp_path: Path) -> None:
    assert "recsvc keys create" in " ".join(run("list", "--models-dir", tmp_path).output.split())


@pytest.mark.parametrize(
    "options",
    [
        ["--scope", "everything"],
        [],
        ["--scope", "read", "--expires", "2020-01-01"],
        ["--scope", "read", "--expires", "soon"],
        ["--scope", "read", "--origin", "shop.example"],
        ["--scope", "read", "--name", "x" * 129],
        ["--scope", "read", "--name", "a\x1bb"],
        ["--scope", "widget"],
        ["--scope", "widget", "--scope", "read", "--origin", "https://shop.example"],
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(tmp_path: Path, options: list[str]) -> None:
    assert create(tmp_path, *options).exit_code != 0
    assert "no keys" in run("list", "--models-dir", tmp_path).output


def test_a_key_for_pages_names_their_site(tmp_path: Path) -> None:
    missing = create(tmp_path, "--scope", "widget")
    assert "--origin" in str(missing.exception)
    assert create(tmp_path, "--scope", "widget", "--origin", "https://shop.example").exit_code == 0


def test_an_open_service_is_for_loopback_or_said_to_be_wanted(tmp_path: Path) -> None:
    outside = {"models_dir": tmp_path, "host": "0.0.0.0"}
    require_protection(Settings(models_dir=tmp_path))
    require_protection(Settings(**outside, allow_open=True))
    with pytest.raises(SettingsError, match="recsvc keys create --scope admin"):
        require_protection(Settings(**outside))
    require_protection(Settings(**outside, allow_open=False))  # nobody is answered, so it may start
    create(tmp_path, "--scope", "read")
    require_protection(Settings(**outside))


def test_serving_everybody_without_a_key_is_refused_in_one_line(tmp_path: Path) -> None:
    command = ["serve", "--host", "0.0.0.0", "--models-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "recsvc", *command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: there is no key")
    assert "recsvc keys create" in line
    assert "--allow-open" in line
