import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from training.cli.main import recsvc_train

HEADER = "order,customer,product,name,amount,unit price,date"
ROWS = [
    f"{n},c{n % 7}@shop.test,SK-{n % 5:03},Thing {n % 5},{1 + n % 3},{5 + n % 5}.50,2026-0{1 + n % 6}-1{n % 9} 12:30:00"
    for n in range(60)
]
REFUSED = "61,c1@shop.test,SK-001,Thing 1,0,5.50,2026-07-02 12:30:00"
LINES = [HEADER, *ROWS, REFUSED]
COLUMNS = {
    "user_id": "customer",
    "item_id": "product",
    "order_id": "order",
    "ordered_at": "date",
    "quantity": "amount",
    "unit_price": "unit price",
    "title": "name",
}


@pytest.fixture
def looked(tmp_path: Path) -> Callable[..., Result]:
    def look(*lines: str, options: tuple[str, ...] = ()) -> Result:
        path = tmp_path / "orders.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        named = [word for role, header in COLUMNS.items() for word in ("--column", f"{role}={header}")]
        arguments = [
            "look",
            "--orders",
            str(path),
            "--models-dir",
            str(tmp_path / "models"),
            *named,
            *options,
        ]
        return CliRunner().invoke(recsvc_train, arguments)

    return look


def test_each_column_is_shown_with_values_of_it(looked: Callable[..., Result]) -> None:
    result = looked(*LINES)
    assert result.exit_code == 0
    shown = {
        line.split("  ")[1].strip(): " ".join(line.split())
        for line in result.output.splitlines()
        if "  " in line
    }
    assert shown["shopper"] == "shopper customer c0@shop.test c1@shop.test c2@shop.test"
    assert shown["how many"] == "how many amount 1 2 3"
    assert shown["price of one"] == "price of one unit price 5.50 6.50 7.50"


def test_ten_purchases_are_sentences(looked: Callable[..., Result]) -> None:
    sentences = [line.strip() for line in looked(*LINES).output.splitlines() if " bought " in line]
    assert len(sentences) == 10
    # Some are of one piece, some of several: there, a price of the whole line would show.
    assert {line.endswith(" each") for line in sentences} == {True, False}


def test_what_was_refused_is_shown_with_the_row_as_it_stands(looked: Callable[..., Result]) -> None:
    output = " ".join(looked(*LINES).output.split())
    assert "1 Nothing was bought, or all of it was refunded. row 62: when 2026-07-02 12:30:00" in output
    assert "how many 0" in output


def test_the_same_for_programs(looked: Callable[..., Result], tmp_path: Path) -> None:
    target = tmp_path / "look.json"
    assert looked(*LINES, options=("--json", str(target))).exit_code == 0
    found = json.loads(target.read_text())
    (file,) = found.pop("files")
    assert file["columns"] == COLUMNS
    assert (file["encoding"], file["delimiter"]) == ("utf-8", ",")
    assert found == {
        "rows": 61,
        "purchases": 60,
        "users": 7,
        "items": 5,
        "orders": 60,
        "quantity": 120.0,
        "first": "2026-01-10T12:30:00Z",
        "last": "2026-06-18T12:30:00Z",
        "rejected": {"zero_quantity": 1},
        "questions": [],
        "problem": None,
    }


def test_where_a_run_would_stop_the_status_says_so(looked: Callable[..., Result], tmp_path: Path) -> None:
    result = looked(HEADER, REFUSED, options=("--json", str(tmp_path / "look.json")))
    assert result.exit_code == 3
    assert "run` would stop here" in " ".join(result.output.split())
    assert "none of the 1 rows is a purchase" in json.loads((tmp_path / "look.json").read_text())["problem"]


def test_a_file_that_cannot_be_written_is_one_sentence(looked: Callable[..., Result], tmp_path: Path) -> None:
    result = looked(*LINES, options=("--json", str(tmp_path / "none" / "look.json")))
    assert result.exit_code == 1
    assert "look.json cannot be written: No such file or directory" in result.output.replace("\n", "")


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(
    looked: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "look.json"
    target.write_text("as it was")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    result = looked(*LINES, options=("--json", str(target)))
    assert "look.json cannot be written: No space left on device" in result.output.replace("\n", "")
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["as it was"]
