import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from recsvc.connect.shopify.bulk_file import families
from recsvc.errors import PlatformError


def written(directory: Path, *lines: Any) -> Path:
    path = directory / "bulk.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


@pytest.mark.parametrize("part_bytes", [2**20, 40])
def test_children_find_their_parent_wherever_they_stand(tmp_path: Path, part_bytes: int) -> None:
    lines = [{"id": f"line-{n}", "__parentId": f"order-{n % 3}"} for n in range(9)]
    path = written(
        tmp_path, *lines[:4], {"id": "order-0"}, "", {"id": "order-1"}, *lines[4:], {"id": "order-2"}
    )
    found = {
        one.head["id"]: [child["id"] for child in one.children]
        for one in families(path, tmp_path, part_bytes)
    }
    assert found == {f"order-{n}": [f"line-{n}", f"line-{n + 3}", f"line-{n + 6}"] for n in range(3)}
    assert [one.name for one in tmp_path.iterdir()] == ["bulk.jsonl"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a"', "line 2: no JSON object"),
        ("[1]", "line 2: no JSON object"),
        ('{"x": 1}', "line 2: neither an id"),
    ],
)
def test_a_line_that_is_none_of_such_a_file_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(PlatformError, match=message):
        list(families(written(tmp_path, {"id": "a"}, line), tmp_path))


def test_a_compressed_file_is_told_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "bulk.jsonl"
    path.write_bytes(gzip.compress(b'{"id": "a"}\n'))
    with pytest.raises(PlatformError, match="line 1: no JSON object; is it the JSONL file"):
        list(families(path, tmp_path))
