"""The values of a JSON text of any length, read one after the other; no more of it is kept than one value."""

import json
from collections.abc import Iterator

from recsvc.errors import UnreadableSourceError

MOST_CHARACTERS = 32 << 20
"""A value that is longer is opened instead of read as a whole."""
NEAR_THE_END = 16
"""A mistake so close to the end of what was read may be none: the text goes on."""
DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
"""Numbers stay as they are written."""


class TooLong:
    """Stands for a value that is too long to be read as a whole."""


TOO_LONG = TooLong()


class JsonText:
    """Reads values from pieces of text; ``name`` is what the text is called in messages."""

    def __init__(self, pieces: Iterator[str], name: str, most: int = MOST_CHARACTERS) -> None:
        self._pieces = pieces
        self._name = name
        self._most = most
        self._text = ""
        self._at = 0
        self._ended = False
        self._n_lines = 0
        self.n_characters = 0

    def peek(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, marks: str) -> str:
        """Return the next character, which has to be one of ``marks``."""
        mark = self.peek()
        if not mark or mark not in marks:
            raise self._broken(self._at, f"one of {' '.join(marks)} is missing")
        self._at += 1
        return mark

    def value(self) -> object:
        """Return the next value, `TOO_LONG` where it has to be opened.

        Raises UnreadableSourceError, which names the place, where the text is cut off or no JSON.
        """
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as exc:
                # An open string is said to be wrong where it begins.
                is_wrong = exc.pos < len(self._text) - NEAR_THE_END and "Unterminated" not in exc.msg
                if is_wrong or (self._ended and len(self._text) - self._at <= self._most):
                    raise self._broken(exc.pos, exc.msg) from exc
            except RecursionError as exc:
                raise self._broken(self._at, "objects stand in objects too often") from exc
            else:
                if end < len(self._text) or self._ended or not self._more():
                    self._at = end
                    return value
                continue
            if len(self._text) - self._at > self._most:
                return TOO_LONG
            wanted = 2 * (len(self._text) - self._at)
            while len(self._text) - self._at < wanted and self._more():
                pass

    def _more(self) -> bool:
        """Read on; returns whether there was more."""
        piece = "" if self._ended else next(self._pieces, "")
        if not piece:
            self._ended = True
            return False
        self._n_lines += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + piece
        self._at = 0
        self.n_characters += len(piece)
        return True

    def _broken(self, at: int, what: str) -> UnreadableSourceError:
        line = self._n_lines + self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        if self._ended and not self._text[at:].strip():
            return UnreadableSourceError(
                f"{self._name} ends early, in line {line:,}: its JSON is cut off; write or download it again"
            )
        if self._ended and what.startswith("Unterminated"):
            return UnreadableSourceError(
                f"{self._name} ends early: the text that begins in line {line:,} at character {column:,} is never "
                "closed; write or download it again"
            )
        return UnreadableSourceError(
            f"{self._name} is no JSON from line {line:,}, character {column:,} on ({what}); write or download it again"
        )
