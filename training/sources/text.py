"""Text of any common encoding, as UTF-8 in chunks of whole lines."""

import codecs
from collections.abc import Iterator
from itertools import chain

CHUNK_BYTES = 16 << 20
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class LineChunks:
    r"""UTF-8 chunks of whole lines, each ended by \n; NUL characters are dropped.

    Lines that are not valid UTF-8 are taken as Windows-1252, line by line, so that one odd line cannot
    spoil a file. `encoding` is final when the chunks have been read. An EOFError of the blocks comes
    after the last line.
    """

    def __init__(self, blocks: Iterator[bytes], chunk_bytes: int = CHUNK_BYTES) -> None:
        self._blocks = blocks
        self._chunk_bytes = chunk_bytes
        self._wide: str | None = None
        self._has_utf8 = False
        self._has_windows = False

    @property
    def encoding(self) -> str:
        """The encoding as far as the lines read so far tell."""
        if self._wide:
            return self._wide[:6]
        if self._has_windows:
            return "utf-8 and windows-1252, mixed" if self._has_utf8 else "windows-1252"
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
        if encoding != "utf-8":
            self._wide = encoding
        decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding != "utf-8" else None
        only_returns = b"\r" in first and b"\n" not in first
        for block in chain([first[len(mark) :]], self._blocks):
            yield self._converted(block, decoder, only_returns)

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
            return b"\n".join(self._valid_line(line) for line in chunk.split(b"\n"))
        self._has_utf8 = True
        return chunk

    def _valid_line(self, line: bytes) -> bytes:
        if line.isascii():
            return line
        try:
            line.decode()
        except UnicodeDecodeError:
            self._has_windows = True
            return line.decode("windows-1252", "replace").encode()
        self._has_utf8 = True
        return line


def detect_mark(first: bytes) -> tuple[str, bytes]:
    """Return the encoding that a byte-order mark or the NULs of UTF-16 give away, and the mark."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if first.startswith(mark):
            return encoding, mark
    head = first[:512]
    if head[1::2].count(0) > len(head) // 3:
        return "utf-16-le", b""
    if head[0::2].count(0) > len(head) // 3:
        return "utf-16-be", b""
    return "utf-8", b""
