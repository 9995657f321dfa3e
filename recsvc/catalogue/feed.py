"""Product feeds in XML: RSS with ``g:`` names, Atom, or a list of elements for items."""

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from recsvc.errors import UnreadableExportError

FEED_START = b"<"
MAX_TEXT_LENGTH = 2**20
MAX_FIELDS = 1_000
MAX_DEPTH = 32
_ITEMS = frozenset({"item", "entry", "product", "produkt", "offer", "shopitem", "artikel"})
_BETWEEN = " | "
"""Joins what an element says of an item more than once."""


class _Reader:
    """Takes the events of a parser, and holds the items that are complete.

    Entities, and with them what grows without end or is fetched from elsewhere, are refused.
    """

    def __init__(self, path: Path) -> None:
        self.items: list[dict[str, str]] = []
        self._path = path
        self._depth = 0
        self._item_depth: int | None = None
        self._within: list[str] = []
        self._fields: dict[str, str] = {}
        self._text: list[str] = []
        self._length = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.EntityDeclHandler = self._refuse_doctype
        self.parser.ExternalEntityRefHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._take

    def _refuse_doctype(self, *_args: object) -> int:
        raise UnreadableExportError(
            f"{self._path} declares a document type or entities, which no product feed needs; export it without"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableExportError(
                f"{self._path} has elements within elements beyond {MAX_DEPTH} levels"
            )
        if self._item_depth is None and _local(name) in _ITEMS:
            self._item_depth, self._fields, self._within = self._depth, {}, []
            for key, value in attributes.items():
                self._say(key, value)
        elif self._item_depth is not None:
            self._within.append(name)
            if link := attributes.get("href"):
                self._say(name, link)
        self._text, self._length = [], 0

    def _take(self, text: str) -> None:
        if self._item_depth is None:
            return
        self._length += len(text)
        if self._length > MAX_TEXT_LENGTH:
            raise UnreadableExportError(f"{self._path} has a text beyond {MAX_TEXT_LENGTH:,} characters")
        self._text.append(text)

    def _end(self, name: str) -> None:
        if self._depth == self._item_depth:
            self.items.append(_by_local_name(self._fields))
            self._item_depth = None
        elif self._item_depth is not None:
            # What an element within another says, such as the price of a shipping, is not said of the item.
            prefix = "g:" if ":" in name else ""
            self._say(f"{prefix}{'_'.join(map(_local, self._within))}", "".join(self._text))
            self._within.pop()
        self._depth -= 1
        self._text, self._length = [], 0

    def _say(self, name: str, text: str) -> None:
        text = text.strip()
        if not text:
            return
        if len(self._fields) >= MAX_FIELDS:
            raise UnreadableExportError(f"{self._path} has an item of more than {MAX_FIELDS:,} fields")
        before = self._fields.get(name)
        if before is None:
            self._fields[name] = text
        elif len(before) + len(text) <= MAX_TEXT_LENGTH:
            self._fields[name] = f"{before}{_BETWEEN}{text}"


def feed_items(path: Path, blocks: Iterator[bytes]) -> Iterator[dict[str, str]]:
    """Yield the items of a feed: name of the element, in lower case and without its prefix -> text.

    Raises UnreadableExportError where it is no XML, or more than a product feed has.
    """
    reader = _Reader(path)
    try:
        for block in blocks:
            reader.parser.Parse(block, False)
            yield from reader.items
            reader.items.clear()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableExportError(f"{path} is no XML that can be read: {error}") from error
    yield from reader.items


def _by_local_name(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields without their prefixes; one with a prefix, such as ``g:title``, comes before one without."""
    plain = {name.lower(): text for name, text in fields.items() if ":" not in name}
    return {**plain, **{_local(name): text for name, text in fields.items() if ":" in name}}


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
