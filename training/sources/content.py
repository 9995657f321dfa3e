"""The bytes inside a file: decompressed, and refused where they cannot be a table."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from recsvc.errors import UnreadableSourceError
from recsvc.plain_file import open_plain
from training.sources.text import detect_mark

BLOCK_BYTES = 1 << 20
PACKED_BLOCK_BYTES = 1 << 16
"""Compressed content is read in smaller blocks, because nothing of a damaged block can be used."""
HEAD_BYTES = 4096
LONGEST_SHOWN = 200
SHOWN_OF_LONGER = 60
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
PARQUET_MAGIC = b"PAR1"

NOT_TABLES = (
    (b"%PDF", "a PDF document", "export the orders as CSV instead"),
    (b"\x89PNG", "a picture", "export the orders as CSV instead"),
    (b"\xff\xd8\xff", "a picture", "export the orders as CSV instead"),
    (b"GIF8", "a picture", "export the orders as CSV instead"),
    (b"RIFF", "a picture or a recording", "export the orders as CSV instead"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "open it and save it as CSV"),
    (b"BZh", "compressed with bzip2", "unpack it first"),
    (b"\xfd7zXZ\x00", "compressed with xz", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and name the files in it"),
    (b"Rar!", "a RAR archive", "unpack it and name the files in it"),
    (b"SQLite format 3\x00", "a SQLite database", "export the order lines as CSV instead"),
)


class Decompressor(Protocol):
    """What zlib and zstandard have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of a stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the stream."""

    def decompress(self, data: bytes, /) -> bytes:
        """Return the next piece of content."""


def open_binary(path: str) -> BinaryIO:
    """Open a file for reading, or say why it cannot be.

    Raises UnreadableSourceError.
    """
    try:
        is_directory = Path(path).is_dir()
        if not is_directory:
            return open_plain(Path(path))
    except PermissionError as exc:
        raise UnreadableSourceError(
            f"{path} may not be read by this user; change its permissions (chmod +r) or its owner"
        ) from exc
    except OSError as exc:
        if exc.strerror is None:
            raise UnreadableSourceError(str(exc)) from exc
        raise UnreadableSourceError(
            f"{shortened(path)} cannot be opened ({exc.strerror}); check the path"
        ) from exc
    raise UnreadableSourceError(f"{path} is a directory; name the files in it, for example '{path}/*.csv'")


def shortened(path: str) -> str:
    """Return the path for a sentence: of a very long one, which cannot be a file, its beginning."""
    return path if len(path) <= LONGEST_SHOWN else path[:SHOWN_OF_LONGER] + "…"


def is_parquet(path: str) -> bool:
    """Return whether the file begins as Parquet does."""
    with open_binary(path) as file:
        return file.read(4) == PARQUET_MAGIC


def read_blocks(path: str) -> Iterator[bytes]:
    """Return the decompressed content of a text file in blocks, none of them empty.

    Raises UnreadableSourceError when the content is no table, EOFError (after all that could be read) when
    compressed content ends early or is damaged.
    """
    with open_binary(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        blocks = decompress(file, head)
        first = next(blocks, b"")
        refuse_what_is_no_table(path, first[:HEAD_BYTES])
        yield first
        yield from blocks


def decompress(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    """Return the blocks of the file, decompressed when its first bytes say that it is compressed."""
    packed = iter(lambda: file.read(PACKED_BLOCK_BYTES), b"")
    if head.startswith(GZIP_MAGIC):
        return inflate(packed, gzip=True)
    if head.startswith(ZSTD_MAGIC):
        return inflate(packed, gzip=False)
    return iter(lambda: file.read(BLOCK_BYTES), b"")


def new_decompressor(gzip: bool) -> Decompressor:
    """Return a decompressor for one gzip member or one zstd frame."""
    return zlib.decompressobj(wbits=31) if gzip else zstandard.ZstdDecompressor().decompressobj()


def inflate(raw: Iterator[bytes], gzip: bool) -> Iterator[bytes]:
    """Yield content of gzip members or zstd frames, one after the other.

    Raises EOFError when the last of them is not complete or any is damaged.
    """
    stream: Decompressor | None = None
    for block in raw:
        data = block
        while data:
            stream = stream or new_decompressor(gzip)
            try:
                content = stream.decompress(data)
            except (zlib.error, zstandard.ZstdError) as exc:
                raise EOFError("is damaged") from exc
            if content:
                yield content
            data, stream = (stream.unused_data.lstrip(b"\x00"), None) if stream.eof else (b"", stream)
    if stream is not None:
        raise EOFError("ends early")


def refuse_what_is_no_table(path: str, head: bytes) -> None:
    """Name the kind of file and the remedy when its first bytes belong to something else.

    Raises UnreadableSourceError.
    """
    refuse_other_kinds(path, head)
    refuse_markup(path, head)
    refuse_binary(path, head)


def refuse_what_holds_no_items(path: str, head: bytes) -> None:
    """Do the same for a catalogue, which may be JSON or XML too.

    Raises UnreadableSourceError.
    """
    refuse_other_kinds(path, head)
    refuse_web_page(path, head)
    refuse_binary(path, head)


def refuse_other_kinds(path: str, head: bytes) -> None:
    """Refuse documents, pictures, archives and what is empty. Raises UnreadableSourceError."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise UnreadableSourceError(f"{path} is empty; export the orders again")
    if head.startswith(b"PK\x03\x04"):
        raise UnreadableSourceError(f"{path} is {describe_zip(path)}")
    for magic, kind, remedy in NOT_TABLES:
        if head.startswith(magic):
            raise UnreadableSourceError(f"{path} is {kind}, not a table of orders; {remedy}")
    if head[257:262] == b"ustar":
        raise UnreadableSourceError(f"{path} is a tar archive; unpack it and name the files in it")
    if head.startswith((GZIP_MAGIC, ZSTD_MAGIC, PARQUET_MAGIC)):
        raise UnreadableSourceError(f"{path} is compressed twice; unpack it once and name the result")


def describe_zip(path: str) -> str:
    """Return what a zip file is, with the remedy; every .xlsx is one."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "a damaged zip archive; download it again, unpack it and name the files in it"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook: save it as CSV (UTF-8) and name that file"
    if "content.xml" in names:
        return "an OpenDocument spreadsheet: save it as CSV (UTF-8) and name that file"
    return "a zip archive; unpack it and name the files in it"


def refuse_web_page(path: str, head: bytes) -> None:
    """Refuse a web page: often one that asks to log in, saved as an export."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise UnreadableSourceError(
            f"{path} is a web page, not a table of orders; perhaps the shop asked to log in: "
            "log in and export again"
        )


def refuse_markup(path: str, head: bytes) -> None:
    """Refuse web pages and XML."""
    refuse_web_page(path, head)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<"):
        raise UnreadableSourceError(
            f"{path} is XML or a web page, not a table of orders; export as CSV instead"
        )


def refuse_binary(path: str, head: bytes) -> None:
    """Refuse content with control characters that no text has; NUL is left to the decoder (UTF-16)."""
    controls = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27)))
    if controls > len(head) // 50 and not detect_mark(head)[0].startswith("utf-16"):
        raise UnreadableSourceError(
            f"{path} is a binary file, not a table of orders; export the orders as CSV"
        )
