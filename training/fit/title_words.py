"""Titles as words, in any script."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Return ``text`` in lower case and without marks on letters: ``Grün`` is ``grun``."""
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss")).lower()
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(title: str) -> tuple[str, ...]:
    """Return the words of a title, folded, in their order; numbers are words."""
    return tuple(_WORD.findall(folded(title)))
