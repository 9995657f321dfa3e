"""Files: what is read, in which encoding, and what is refused with a remedy."""

import gzip
import io
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import zstandard
from support.order_files import NOW, read, read_files, values, write

from recsvc.errors import SettingsError, TooLittleDataError, UnreadableSourceError, UnusableExportError
from training.orders import CleaningRules, clean_orders
from training.sources.catalogue import read_catalogue
from training.sources.shop_store import StoreAddress

TEXT = "user_id,item_id,title\nanna,1,Café\n"
MANY_ROWS = "user_id,item_id\n" + "".join(f"u{n},i{n % 7}\n" for n in range(100_000))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16"),
        (TEXT.encode("windows-1252"), "windows-1252"),
    ],
)
def test_text_is_read_in_its_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    raw = read(tmp_path, content)
    assert values(raw, "user_id", "title") == [("anna", "Café")]
    assert raw.files[0].encoding == encoding


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_compression_is_recognised_whatever_the_name(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    assert values(read(tmp_path, pack(TEXT.encode()), "orders.csv"), "user_id") == [("anna",)]


def test_gzip_members_and_zstd_frames_follow_each_other(tmp_path: Path) -> None:
    gz = gzip.compress(TEXT.encode()) + gzip.compress(b"bert,2,Tea\n")
    zst = zstandard.compress(TEXT.encode()) + zstandard.compress(b"bert,2,Tea\n")
    assert [values(read(tmp_path, content), "user_id") for content in (gz, zst)] == [
        [("anna",), ("bert",)]
    ] * 2


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_truncated_compression_is_refused_with_the_rows_read(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    packed = pack(MANY_ROWS.encode())
    with pytest.raises(
        UnreadableSourceError, match=r"ends early: [\d,]+ rows could be read; download it again"
    ):
        read(tmp_path, packed[: len(packed) // 2])


def test_damaged_compression_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(MANY_ROWS.encode()))
    packed[-5] ^= 0xFF
    with pytest.raises(
        UnreadableSourceError, match=r"is damaged: [\d,]+ rows could be read; download it again"
    ):
        read(tmp_path, bytes(packed))


def zip_of(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "content")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (zip_of("xl/workbook.xml"), "Excel workbook: save it as CSV"),
        (zip_of("orders.csv"), "zip archive; unpack it"),
        (b"PK\x03\x04 cut", "damaged zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Excel workbook"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "picture"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page.*log in"),
        (b"\n<html>", "web page"),
        (b"<?xml version='1.0'?><orders/>", "XML"),
        (b"BZh91AY", "bzip2"),
        (bytes(range(1, 9)) * 40, "binary file"),
        (gzip.compress(gzip.compress(b"a,b\n", mtime=0), mtime=0), "compressed twice"),
        (b"PAR1 no real parquet PAR1", "damaged Parquet"),
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableSourceError, match=message) as refused:
        read(tmp_path, content, "orders.csv")
    assert str(tmp_path / "orders.csv") in str(refused.value)
    assert "\n\n" not in str(refused.value)


def test_directory_is_refused_with_a_glob_to_try(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSourceError, match=r"is a directory; name the files in it.*\*\.csv"):
        read_files([str(tmp_path)])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("x" * 300 + ".csv", r"^x{60}… cannot be looked for \(File name too long\); check the path$"),
        ("x/" * 5000, r"… cannot be looked for \(File name too long\); check the path$"),
        ("~nobody-of-this-name/o.csv", r"knows no home of ~nobody-of-this-name; write the whole path$"),
        ("-", r"write that into a file \(… > FILE\) and name it$"),
    ],
)
def test_names_that_can_be_no_file_are_refused_in_words(path: str, message: str) -> None:
    with pytest.raises(UnreadableSourceError, match=message):
        read_files([path])


def test_a_catalogue_with_too_long_a_name_is_refused_in_words() -> None:
    with pytest.raises(UnreadableSourceError, match=r"^x{60}… cannot be opened \(File name too long\)"):
        read_catalogue("x" * 300 + ".csv")


def test_a_store_with_too_long_a_name_is_refused_in_words() -> None:
    with pytest.raises(SettingsError, match=r"cannot be looked for \(File name too long\).*--models-dir"):
        _ = StoreAddress(f"sqlite:///{'x' * 300}.db").exists


def test_a_pipe_is_refused_with_what_to_do_instead() -> None:
    reading, writing = os.pipe()
    os.write(writing, TEXT.encode())
    os.close(writing)
    try:
        for path in (f"/dev/fd/{reading}", f"/proc/self/fd/{reading}"):
            with pytest.raises(
                UnreadableSourceError, match=r"^\S+ is a named pipe: .*\(… > FILE\) and name that$"
            ):
                read_files([path])
    finally:
        os.close(reading)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    Path(path).chmod(0)
    with pytest.raises(UnreadableSourceError, match="may not be read by this user"):
        read_files([path])


@pytest.mark.parametrize("pattern", ["absent.csv", "absent-*.csv"])
def test_path_that_matches_nothing_is_named(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(UnreadableSourceError, match=r"absent.*\.csv matches no file"):
        read_files([str(tmp_path / pattern)])


def test_files_of_different_formats_are_read_one_below_the_other(tmp_path: Path) -> None:
    write(tmp_path, "Kundennummer;Artikelnummer;Menge\n7;A1;2\n", "1.csv")
    write(tmp_path, '{"user_id": 8, "item_id": "A2", "price": 2.50}\n', "2.ndjson")
    raw = read_files([str(tmp_path / "*")])
    assert values(raw, "file", "row", "user_id", "item_id", "quantity", "unit_price") == [
        ("0", "2", "7", "A1", "2", None),
        ("1", "1", "8", "A2", None, "2.50"),
    ]


def test_file_named_twice_is_read_once_and_said_so(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    raw = read_files([path, str(tmp_path / "*.csv")])
    assert raw.lines.height == 1
    assert "named more than once" in raw.warnings[0]


def test_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLittleDataError, match="no rows"):
        read(tmp_path, "user_id,item_id\n")


def test_one_month_without_orders_is_only_a_warning(tmp_path: Path) -> None:
    paths = [write(tmp_path, TEXT, "1.csv"), write(tmp_path, "user_id,item_id\n", "2.csv")]
    raw = read_files(paths)
    assert raw.lines.height == 1
    assert raw.warnings == (f"{paths[1]} has a header but no rows",)


def test_table_without_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableExportError, match="first row looks like data"):
        read(tmp_path, "17850,85123A,2010-12-01\n17850,71053,2010-12-01\n")


def test_columns_named_by_hand_win(tmp_path: Path) -> None:
    raw = read(tmp_path, "user_id,item_id,who,what\na,x,b,y\n", columns={"user_id": "who", "item_id": "what"})
    assert values(raw, "user_id", "item_id") == [("b", "y")]
    assert raw.files[0].columns["user_id"] == "who"


def test_absent_column_named_by_hand_is_an_error_that_lists_the_others(tmp_path: Path) -> None:
    with pytest.raises(UnusableExportError, match=r"no column 'buyer'.*'who', 'what'"):
        read(tmp_path, "who,what\na,x\n", columns={"user_id": "buyer"})


def test_unknown_canonical_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown column 'buyer'"):
        read(tmp_path, TEXT, columns={"buyer": "user_id"})


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    pl.DataFrame(
        {
            "customer_id": [17850.0, None],
            "item_id": [9780140449136, 2],
            "order_date": [datetime(2010, 12, 1, 8, 26, tzinfo=UTC), None],
            "quantity": [1.5, 2.0],
        }
    ).write_parquet(path)
    raw = read_files([str(path)])
    assert values(raw, "row", "user_id", "item_id", "ordered_at", "quantity") == [
        ("1", "17850", "9780140449136", "2010-12-01 08:26:00", "1.5"),
        ("2", None, "2", None, "2"),
    ]


def test_json_lines_that_are_no_objects_are_malformed(tmp_path: Path) -> None:
    raw = read(
        tmp_path, '{"user_id": 12345678901234567890, "item_id": "x"}\nno json\n[1]\n{"user_id": "b"}\n'
    )
    assert values(raw, "row", "malformed", "user_id", "item_id") == [
        ("1", "false", "12345678901234567890", "x"),
        ("2", "true", None, None),
        ("3", "true", None, None),
        ("4", "false", "b", None),
    ]


def test_json_over_several_lines_is_read(tmp_path: Path) -> None:
    raw = read(tmp_path, '{\n "user_id": 1,\n "item_id": 2\n}\n')
    assert values(raw, "row", "user_id", "item_id") == [("1", "1", "2")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("~nobody-has-this-name/orders.csv", "this machine knows no home of"),
        ("a" * 5000, "cannot be looked for"),
        ("a\0b", "matches no file"),
    ],
)
def test_a_name_that_no_file_can_have_is_said_in_a_sentence(path: str, said: str) -> None:
    with pytest.raises(UnreadableSourceError, match=said):
        read_files([path])


def test_a_disk_that_fails_is_said_in_a_sentence() -> None:
    with pytest.raises(UnreadableSourceError, match="could not be read to its end"):
        read_files(["/proc/self/mem"])


DAYS = "user_id,item_id,ordered_at\nanna,1,2025-01-05\nanna,1,2025-01-05\nbert,2,2025-01-06\n"


def test_a_file_that_is_a_copy_of_another_is_read_once(tmp_path: Path) -> None:
    paths = [write(tmp_path, DAYS, "o.csv"), write(tmp_path, DAYS, "o (1).csv")]
    raw = read_files(paths)
    assert raw.lines.height == 3
    assert raw.warnings == (f"{paths[1]} holds the same as {paths[0]}, byte for byte, and is not read again",)


def test_of_exports_that_overlap_each_line_counts_once(tmp_path: Path) -> None:
    one = "order_id,email,sku,created_at,quantity,price\n1,a@x.test,A,2025-01-05,2,6.5\n2,b@x.test,B,2025-01-06,1,7\n"
    other = (
        "email;order_id;created_at;sku;price;quantity\n"
        "B@x.test;2;06.01.2025 00:00;B;7,00;1\n"
        "a@x.test;3;13.01.2025 00:00;A;6,50;2\na@x.test;3;13.01.2025 00:00;A;5,50;2\n"
    )
    raw = read_files([write(tmp_path, one, "1.csv"), write(tmp_path, other, "2.csv")])
    orders = clean_orders(raw, CleaningRules(), NOW)
    assert orders.lines["order_id"].to_list() == ["1", "2", "3", "3"]
    assert orders.rejected.select("row", "reason").rows() == [(2, "duplicate")]


@pytest.mark.parametrize("end", ["\n", "\n\n\n", 'anna,"a ""new"" cup",2\n'])
def test_files_of_one_kind_are_read_together_however_tidy_each_is(tmp_path: Path, end: str) -> None:
    header = "user_id,item_id,quantity\n"
    paths = [write(tmp_path, header + "a,1,2\n", "1.csv"), write(tmp_path, header + "b,1,2\n" + end, "2.csv")]
    assert [one[0] for one in values(read_files(paths), "user_id")][:2] == ["a", "b"]


def test_name_of_a_parquet_file_is_no_pattern(tmp_path: Path) -> None:
    path = tmp_path / "orders [1].parquet"
    pl.DataFrame({"customer_id": ["ada"], "item_id": ["A1"]}).write_parquet(path)
    assert values(read_files([str(path)]), "user_id", "item_id") == [("ada", "A1")]
