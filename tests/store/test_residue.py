from pathlib import Path

import pytest

from recsvc.store.residue import contains, may_contain


@pytest.mark.parametrize(
    ("content", "is_there"),
    [
        (b"", False),
        (b"ada", True),
        (b"ad", False),
        (b"." * (2**20 - 1) + b"ada", True),
        (b"." * (2**20 - 2) + b"ada", True),
        (b"." * 2**21 + b"bob", False),
    ],
)
def test_a_text_is_found_wherever_it_lies(tmp_path: Path, content: bytes, is_there: bool) -> None:
    (tmp_path / "file").write_bytes(content)
    assert contains(tmp_path / "file", [b"ada", b"zz"]) is is_there
    assert may_contain(tmp_path / "file", [b"ada", b"zz"]) is is_there


def test_nothing_is_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert not contains(tmp_path / "file", [])


def test_what_nobody_could_look_at_may_contain_anything(tmp_path: Path) -> None:
    assert may_contain(tmp_path / "missing", [b"ada"])
