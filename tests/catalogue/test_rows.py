import gzip
from pathlib import Path

import pytest

from recsvc.catalogue.rows import ExportRow, read_rows
from recsvc.errors import UnreadableExportError


def rows(directory: Path, content: str | bytes) -> list[ExportRow]:
    path = directory / "export"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with read_rows(path) as table:
        return list(table.with_notation(0))


def fields(directory: Path, content: str | bytes) -> list[dict[str, str]]:
    return [dict(row.fields) for row in rows(directory, content)]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_columns_are_separated_by_what_the_header_holds_most_of(tmp_path: Path, mark: str) -> None:
    text = f'ID{mark}Name{mark}Text\r\n1{mark}"Tea{mark} green"{mark}"<p>""a""\n</p>"\n'
    assert fields(tmp_path, text) == [{"id": "1", "name": f"Tea{mark} green", "text": '<p>"a"\n</p>'}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_a_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = "id;name\n1;Käse für 5 £\n2;Café crème\n"
    read = fields(tmp_path, gzip.compress(text.encode(encoding)))
    assert [one["name"] for one in read] == ["Käse für 5 £", "Café crème"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Чай зелёный", "windows-1251"),
        ("Żółta łódź", "windows-1250"),
        ("緑茶のポット", "shift_jis"),
        ("Käse", "mac-roman"),
    ],
)
def test_what_is_hardly_windows_1252_is_refused(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(UnreadableExportError, match="not UTF-8"):
        rows(tmp_path, f"id,name\n1,{text}\n".encode(encoding))


def test_quotes_that_nobody_closes_are_inches_in_a_table_separated_by_tabs(tmp_path: Path) -> None:
    assert fields(tmp_path, 'id\tname\n1\tTable 15"\n2\t"19" rack\n')[1] == {"id": "2", "name": '"19" rack'}


def test_what_spreadsheets_put_around_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    assert fields(tmp_path, 'id,name\n"=""0042""",Tea\n') == [{"id": "0042", "name": "Tea"}]


def test_a_row_with_more_cells_than_the_header_is_not_whole(tmp_path: Path) -> None:
    assert [row.is_whole for row in rows(tmp_path, "id,name\n1,a,b\n2,a,\n3\n")] == [False, True, True]


def test_objects_are_rows_one_a_line_or_in_an_array(tmp_path: Path) -> None:
    for text in (
        '{"id": 1.50, "tags": ["a", "b"], "attributes": {"Colour": "red"}, "ok": true, "no": null}',
        '[{"id": 1.50, "tags": ["a", "b"], "attributes": {"Colour": "red"}, "ok": true, "no": null}]\n',
    ):
        assert fields(tmp_path, text) == [{"id": "1.50", "tags": "a | b", "colour": "red", "ok": "true"}]


@pytest.mark.parametrize("text", ['{"id": 1', '{"id": 1} nonsense', "[1, 2]", '{"id": "' + "x" * 2**21])
def test_what_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableExportError, match="JSON"):
        rows(tmp_path, text)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.catalogue.rows._MAX_LINE_LENGTH", 100)
    with pytest.raises(UnreadableExportError, match="a line of more than 100"):
        rows(tmp_path, "id,name\n1," + "x" * 200)


@pytest.mark.parametrize(
    "above",
    [
        "\n\n",
        "sep=,\r\n",
        '"# Required | A unique id; of the item","# Required | A title"\n# Optional | more\n',
    ],
)
def test_lines_above_the_header_are_no_header(tmp_path: Path, above: str) -> None:
    assert fields(tmp_path, f"{above}id,#size\n#1,9\n") == [{"id": "#1", "#size": "9"}]
