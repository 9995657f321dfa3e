"""What an item is, as features: the words of its title, its categories, and what else is said of it; in any script.

Training learns what each feature says of who buys an item, and the service asks for the features of items that were
never sold: both by ``features_of``.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

from recsvc.model.categories import paths_of

_WORD = re.compile(r"[^\W_]+")

LONGEST_TEXT = 2_000
"""So many characters of a text are looked at."""

MAX_CATEGORIES, MAX_WORDS, MAX_TEXT_WORDS = 20, 30, 30
"""At most so many features of an item are its categories, the words of its title, and those of what else is said."""

OF_CATEGORY, OF_TITLE, OF_TEXT = "c:", "w:", "t:"
"""What a feature begins with."""

WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]")
"""Letters of scripts that do not separate words: two of them in a row stand for a word."""


def folded(text: str) -> str:
    """Return ``text`` in lower case and without marks on letters: ``Grün`` is ``grun``."""
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss")).lower()
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(title: str) -> tuple[str, ...]:
    """Return the words of a title, folded, in their order; numbers are words."""
    return tuple(_WORD.findall(folded(title)))


def features_of(title: str, categories: Iterable[str], text: str = "") -> tuple[str, ...]:
    """Return the distinct features of an item: its categories with those above them, then words.

    A word of the title is another feature than the same word of ``text``, such as a brand and a material.
    """
    paths = dict.fromkeys(path for name in islice(categories, MAX_CATEGORIES) for path in paths_of(name))
    return (
        *(f"{OF_CATEGORY}{path}" for path in islice(paths, MAX_CATEGORIES)),
        *(f"{OF_TITLE}{word}" for word in islice(_distinct_words(title), MAX_WORDS)),
        *(f"{OF_TEXT}{word}" for word in islice(_distinct_words(text), MAX_TEXT_WORDS)),
    )


def _distinct_words(text: str) -> dict[str, None]:
    found: dict[str, None] = {}
    for word in words_of(text[:LONGEST_TEXT]):
        if len(word) > 2 and WITHOUT_SPACES.search(word):
            found |= dict.fromkeys(word[start : start + 2] for start in range(len(word) - 1))
        else:
            found[word] = None
    return found
