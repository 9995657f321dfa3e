"""The text of a product export, and the encoding that it was written in."""

import codecs
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from recsvc.errors import UnreadableExportError

Blocks: TypeAlias = Callable[[], Iterator[bytes]]
"""Begins to read the content of a file."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LETTERS = "äöüÄÖÜßéèêëàâáåçñíìîïóòôøúùûæœÅÉÈÀÁÇÑÍÓÚÔÊØÆŒãõÃÕ"
_SIGNS = bytes.fromhex("80 84 85 91 92 93 94 95 96 97 99 a0 a3 a7 a9 ab ae b0 b2 b4 bb bc bd d7").decode(
    "windows-1252"
)
_WESTERN = frozenset(_LETTERS + _SIGNS)
"""What texts in Western European languages have beyond ASCII."""
_LEAST_WESTERN = 0.9
_LONGEST_RUN = 2
"""Words of Western languages have hardly ever more letters with accents in a row; those of other alphabets do."""


def encoding_of(path: Path, blocks: Blocks, told: str | None = None) -> str:
    """Return the encoding of a text: UTF-8, UTF-16 or -32 with a mark, or what is plausible as Windows-1252.

    What is none of UTF-8 and has no mark has the encoding ``told``, where one is. Raises UnreadableExportError for any
    other.
    """
    head = next(iter(blocks()), b"")
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return _checked(path, blocks, encoding)
    if _can_be_read(blocks, "utf-8"):
        return "utf-8"
    if told is not None:
        if _can_be_read(blocks, told):
            return told
        raise UnreadableExportError(
            f"{path} is not {told}: name its encoding, or export it again as CSV (UTF-8)"
        )
    if _can_be_read(blocks, "windows-1252") and _is_western(decoded(blocks, "windows-1252")):
        return "windows-1252"
    raise UnreadableExportError(
        f"{path} is not UTF-8: say which encoding it has, such as --encoding windows-1250, or export it again as "
        "CSV (UTF-8)"
    )


def decoded(blocks: Blocks, encoding: str) -> Iterator[str]:
    """Yield the text of a file in parts; raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for block in blocks():
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _checked(path: Path, blocks: Blocks, encoding: str) -> str:
    if not _can_be_read(blocks, encoding):
        raise UnreadableExportError(f"{path} is not {encoding[:6]}, as its first bytes say: export it again")
    return encoding


def _can_be_read(blocks: Blocks, encoding: str) -> bool:
    try:
        for _ in decoded(blocks, encoding):
            pass
    except UnicodeError:
        return False
    return True


def _is_western(parts: Iterator[str]) -> bool:
    """Return whether the letters beyond ASCII are those of Western European languages, hardly two in a row."""
    n_beyond = n_western = n_in_runs = run = 0
    for part in parts:
        for letter in part:
            if letter.isascii():
                run = 0
                continue
            run += 1
            n_beyond += 1
            n_western += letter in _WESTERN
            n_in_runs += run > _LONGEST_RUN
    return n_western >= _LEAST_WESTERN * n_beyond and n_in_runs <= (1 - _LEAST_WESTERN) * n_beyond
