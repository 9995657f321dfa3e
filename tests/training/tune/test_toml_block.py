import os
import tomllib
from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from training.settings import load_training_settings
from training.tune.toml_block import check_mergeable, merge_into, merged, toml_block

VALUES = {"factors": 96, "alpha": 1.5, "half_life_days": 90.0}


def test_the_block_is_read_as_the_settings_it_was_made_of(tmp_path: Path) -> None:
    (tmp_path / "recsvc.toml").write_text(toml_block(VALUES))
    settings = load_training_settings(tmp_path / "recsvc.toml", {}, {})
    assert {name: getattr(settings, name) for name in VALUES} == VALUES
    assert toml_block(VALUES) == "[training]\nfactors = 96\nalpha = 1.5\nhalf_life_days = 90.0\n"


def test_everything_else_stays_with_its_comments() -> None:
    before = """# our shop
[service]
port = 80  # behind the proxy

[training]
# tried in May
factors = 32  # was 64
seed = 7

[training.columns]
user_id = "Kunde"
"""
    after = """# our shop
[service]
port = 80  # behind the proxy

[training]
# tried in May
factors = 96  # was 64
seed = 7
alpha = 1.5

[training.columns]
user_id = "Kunde"
"""
    assert merged(before, {"factors": 96, "alpha": 1.5}) == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[service]\nport = 1\n",
        "training = {factors = 3, seed = 1}\n",
        "training.factors = 3\ntraining.seed = 1\n",
        '[training.columns]\nuser_id = "a"\n',
        '[training.columns]\nuser_id = "a"\n\n[service]\nport = 1\n',
        "[training]\r\nfactors = 3\r\n",
        "[training]",
    ],
)
def test_however_the_file_is_laid_out_values_arrive(text: str) -> None:
    expected = tomllib.loads(text)
    expected["training"] = expected.get("training", {}) | VALUES
    assert tomllib.loads(merged(text, VALUES)) == expected


@pytest.mark.parametrize(
    "content", [b"[training", b"training = 1\n", b"\xff\xfe", b"[[training]]\nfactors = 1\n"]
)
def test_a_file_that_cannot_be_merged_is_refused_beforehand_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recsvc.toml"
    path.write_bytes(content)
    for write in (check_mergeable, lambda file: merge_into(file, VALUES)):
        with pytest.raises(SettingsError, match=r"recsvc.toml cannot be written"):
            write(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_is_made_and_an_old_one_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real.toml", tmp_path / "recsvc.toml"
    merge_into(target, {"factors": 8})
    target.chmod(0o640)
    link.symlink_to(target)
    merge_into(link, {"alpha": 2.0})
    assert target.read_text() == "[training]\nfactors = 8\nalpha = 2.0\n"
    assert link.is_symlink()
    assert os.stat(target).st_mode & 0o777 == 0o640  # noqa: PTH116  # of the file behind any link
    assert sorted(tmp_path.iterdir()) == [target, link]
