"""Text of any common encoding, as UTF-8 in chunks of whole lines."""

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from recsvc.errors import UnreadableSourceError
from training.sources.encodings import NAMES, detect_encoding

CHUNK_BYTES = 16 << 20
HEAD_BYTES = 512
LEAST_NULLS = 16
"""One byte in so many has to be NUL in UTF-16."""

WINDOWS = "cp1252"
UTF8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
"""Two bytes that every line has that is UTF-8 and no ASCII."""
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class LineChunks:
    r"""UTF-8 chunks of whole lines, each ended by \n; NUL characters are dropped.

    Lines that are not valid UTF-8 are read in the encoding that they show; in a file that is mostly UTF-8 they are
    taken as Windows-1252, line by line, so that one odd line cannot spoil it. `encoding` is final when the chunks
    have been read. An EOFError of the blocks comes after the last line.

    Args:
        blocks: the bytes.
        chunk_bytes: about how many bytes are in a chunk.
        said: the encoding, where somebody said it; nothing is detected then.
        name: what the text is called. Without a name, lines that make sense in no encoding are taken as
            Windows-1252; with one, they raise UnreadableSourceError.
    """

    def __init__(
        self,
        blocks: Iterator[bytes],
        chunk_bytes: int = CHUNK_BYTES,
        said: str | None = None,
        name: str | None = None,
    ) -> None:
        self._blocks = blocks
        self._chunk_bytes = chunk_bytes
        self._said = said
        self._name = name
        self._wide: str | None = None
        self._legacy: str | None = None
        self._has_utf8 = False
        self._has_legacy = False

    @property
    def encoding(self) -> str:
        """The encoding as far as the lines read so far tell."""
        if self._said:
            return self._said
        if self._wide:
            return self._wide[:6]
        if self._has_legacy:
            legacy = NAMES[self._legacy or WINDOWS]
            return f"utf-8 and {legacy}, mixed" if self._has_utf8 else legacy
        return "utf-8"

    def __iter__(self) -> Iterator[bytes]:
        """Yield the chunks; can be done once."""
        early: EOFError | None = None
        pending, n_bytes = [b""], 0
        try:
            for block in self._unmarked():
                pending.append(block)
                n_bytes += len(block)
                end = block.rfind(b"\n") + 1 if n_bytes >= self._chunk_bytes else 0
                if end:
                    pending[-1] = block[:end]
                    yield self._valid(b"".join(pending))
                    pending, n_bytes = [block[end:]], len(block) - end
        except EOFError as exc:
            early = exc
        rest = b"".join(pending)
        if early is not None:
            # what follows the last line end is half a row
            rest = rest[: rest.rfind(b"\n") + 1]
        if rest:
            yield self._valid(rest if rest.endswith(b"\n") else rest + b"\n")
        if early is not None:
            raise early

    def _unmarked(self) -> Iterator[bytes]:
        """Yield blocks without byte-order mark, UTF-16 as UTF-8, old Mac line ends as line feeds."""
        first = next(self._blocks, b"")
        encoding, mark = detect_mark(first)
        if self._said:
            # A mark that the encoding has of its own is none of the text's.
            mark = b"" if self._said.lower().replace("_", "-") in {"utf-16", "utf-32", "utf-8-sig"} else mark
            said = codecs.getincrementaldecoder(self._said)("replace")
            yield from self._as_said(chain([first[len(mark) :]], self._blocks), said)
            return
        if encoding != "utf-8":
            self._wide = encoding
        decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding != "utf-8" else None
        only_returns = b"\r" in first and b"\n" not in first
        for block in chain([first[len(mark) :]], self._blocks):
            yield self._converted(block, decoder, only_returns)

    def _as_said(self, blocks: Iterator[bytes], decoder: codecs.IncrementalDecoder) -> Iterator[bytes]:
        r"""Yield blocks that somebody named the encoding of; an old Mac's \r ends a line as well."""
        only_returns: bool | None = None
        for block in blocks:
            text = decoder.decode(block).encode()
            if only_returns is None:
                only_returns = b"\r" in text and b"\n" not in text
            yield self._converted(text, None, only_returns)

    def _converted(
        self, block: bytes, decoder: codecs.IncrementalDecoder | None, only_returns: bool
    ) -> bytes:
        text = decoder.decode(block).encode() if decoder else block
        if b"\x00" in text:
            text = text.replace(b"\x00", b"")
        return text.replace(b"\r", b"\n") if only_returns else text

    def _valid(self, chunk: bytes) -> bytes:
        """Return the chunk as valid UTF-8."""
        if chunk.isascii():
            return chunk
        try:
            chunk.decode()
        except UnicodeDecodeError:
            self._legacy = self._legacy or self._legacy_of(chunk.split(b"\n"))
            if not UTF8_PAIR.search(chunk):
                self._has_legacy = True
                return chunk.decode(self._legacy, "replace").encode()
            return b"\n".join(self._valid_line(line, self._legacy) for line in chunk.split(b"\n"))
        self._has_utf8 = True
        return chunk

    def _legacy_of(self, lines: list[bytes]) -> str:
        """Return Python's name of the encoding of the lines that are not UTF-8."""
        beyond = [line for line in lines if not line.isascii()]
        odd = [line for line in beyond if not is_utf8(line)]
        if len(odd) < len(beyond) / 2:
            return WINDOWS
        found = detect_encoding(odd)
        if found is None and self._name is not None:
            example = odd[0].decode("ascii", "replace")[:60]
            raise UnreadableSourceError(
                f"{self._name} is not UTF-8, and its letters make sense in no encoding that was tried: “{example}”; "
                "export it as UTF-8, or say which encoding it has, for example --encoding windows-1250"
            )
        return found or WINDOWS

    def _valid_line(self, line: bytes, legacy: str) -> bytes:
        if line.isascii():
            return line
        if is_utf8(line):
            self._has_utf8 = True
            return line
        self._has_legacy = True
        return line.decode(legacy, "replace").encode()


def characters(blocks: Iterator[bytes], name: str, said: str | None = None) -> Iterator[str]:
    """Yield the text of blocks in UTF-8 or UTF-16, or in the encoding ``said``, without byte-order mark.

    Raises UnreadableSourceError, which calls the text ``name``, where it is in another encoding.
    """
    first = next(blocks, b"")
    encoding, mark = detect_mark(first)
    decoder = codecs.getincrementaldecoder(said or encoding)("replace" if said else "strict")
    try:
        for block in chain([first[len(mark) :]], blocks):
            text = decoder.decode(block)
            if text:
                yield text
    except UnicodeDecodeError as exc:
        raise UnreadableSourceError(
            f"{name} is JSON but not {encoding.upper()}; write it as UTF-8, or say which encoding it has, for example "
            "--encoding windows-1252"
        ) from exc


def is_utf8(line: bytes) -> bool:
    """Return whether the bytes are valid UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def detect_mark(first: bytes) -> tuple[str, bytes]:
    """Return the encoding that a byte-order mark or the NULs of UTF-16 give away, and the mark."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if first.startswith(mark):
            return encoding, mark
    head = first[:HEAD_BYTES]
    nulls = {"utf-16-le": head[1::2].count(0), "utf-16-be": head[0::2].count(0)}
    encoding, other = sorted(nulls, key=lambda name: -nulls[name])
    # Commas, digits and line ends have NULs in any script, the other half of a character hardly ever.
    if nulls[encoding] > len(head) / LEAST_NULLS and nulls[other] <= nulls[encoding] / 10:
        return encoding, b""
    return "utf-8", b""
