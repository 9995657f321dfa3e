"""How a column writes categories: as paths, as lists of names, or as lists that are paths."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from recsvc.catalogue.values import tidied
from recsvc.model.categories import JOINT

_ARROW = re.compile("\\s*(?:->|>|»|\u203a)\\s*")
_COMMA = re.compile(r"(?<!\\),")
MAX_SEEN = 5_000
"""So many distinct texts of a column tell how it is written."""
_FEWEST_PARENTS = 2


@dataclass(frozen=True)
class CategoryTexts:
    """How the categories of a column are written.

    Attributes:
        between: what stands between several categories; empty where a text is one.
        levels: what stands between the levels of one; empty where a category is one name.
    """

    between: str = ""
    levels: str = ""

    @classmethod
    def of(cls, texts: Iterable[str]) -> "CategoryTexts":
        """Return how ``texts``, those of a column, are written."""
        known = sorted(set(texts))[:MAX_SEEN]
        has_arrow = any(_ARROW.search(text) for text in known)
        for mark in ("|", ";", ","):
            lists = [_parts(text, mark) for text in known]
            if not any(len(names) > 1 for names in lists):
                continue
            if has_arrow and (mark != "," or _are_paths_beside(lists)):
                return cls(mark, ">")
            if not has_arrow and are_levels(lists):
                return cls("", mark)
            if not has_arrow and (mark != "," or _are_lists(lists)):
                return cls(mark)
        if has_arrow:
            return cls("", ">")
        return cls("", "/") if are_levels([_parts(text, "/") for text in known]) else cls()

    def read(self, text: str | None) -> list[str]:
        """Return the categories that ``text`` names, each with the levels above it: ``Kitchen > Baking``."""
        if not text:
            return []
        paths = (self._path(part) for part in (_parts(text, self.between) if self.between else [text]))
        return list(dict.fromkeys(path for path in paths if path))

    def _path(self, text: str) -> str:
        if not self.levels:
            return tidied(text) or ""
        names = _ARROW.split(text) if self.levels == ">" else _parts(text, self.levels)
        return path_of(names)


def path_of(names: Iterable[str]) -> str:
    """Return the category of these levels, most general first; blank ones are left out."""
    return JOINT.join(tidy for name in names if (tidy := tidied(name)))


def are_levels(lists: Sequence[Sequence[str]]) -> bool:
    """Return whether lists of names are paths, each name below the one before it.

    They are where every name stands below one other name alone, and never both first and further down; and where
    several lists share what they begin with, for single lists would look like that by chance.
    """
    several = [names for names in lists if len(names) > 1]
    above: dict[str, str] = {}
    first = {names[0] for names in lists if names}
    below: defaultdict[str, set[str]] = defaultdict(set)
    for names in several:
        for parent, name in pairwise(names):
            if above.setdefault(name, parent) != parent or name in first or name == parent:
                return False
            below[parent].add(name)
    shared = sum(len(names) > 1 for names in below.values())
    alone = {names[0] for names in lists if len(names) == 1}
    return bool(several) and (shared >= 1 or len(alone & below.keys()) >= _FEWEST_PARENTS)


def _parts(text: str, mark: str) -> list[str]:
    found = _COMMA.split(text) if mark == "," else text.split(mark)
    return [name.replace("\\,", ",").strip() for name in found if name.strip()]


def _are_lists(lists: Sequence[Sequence[str]]) -> bool:
    """Return whether commas separate categories: most parts stand elsewhere too, alone or beside others."""
    seen: defaultdict[str, int] = defaultdict(int)
    for names in lists:
        for name in set(names):
            seen[name] += 1
    parts = [name for names in lists if len(names) > 1 for name in names]
    return sum(seen[name] > 1 for name in parts) * 2 >= len(parts)


def _are_paths_beside(lists: Sequence[Sequence[str]]) -> bool:
    """Return whether commas separate paths: each part begins with a level that texts begin with."""
    roots = {_ARROW.split(names[0])[0] for names in lists if names}
    return all(_ARROW.split(name)[0] in roots for names in lists for name in names[1:])
