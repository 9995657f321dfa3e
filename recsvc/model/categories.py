"""How a category is named: with those above it."""

from functools import lru_cache

JOINT = " > "
"""Between the levels of a category, in its name."""

LONGEST_PATH = 10


def paths_of(text: str) -> tuple[str, ...]:
    """Return all categories that ``text`` names, each after those above it.

    ``Kitchen > Baking | Gifts`` is *Kitchen*, *Kitchen > Baking* and *Gifts*; ``;`` separates like ``|``.
    """
    found: dict[str, None] = {}
    for path in text.replace(";", "|").split("|"):
        levels = [level.strip() for level in path.split(">") if level.strip()]
        found |= dict.fromkeys(with_those_above(levels))
    return tuple(found)


def with_those_above(levels: list[str]) -> tuple[str, ...]:
    """Return the category of these levels, after each of those above it."""
    return tuple(JOINT.join(levels[: n + 1]) for n in range(min(len(levels), LONGEST_PATH)))


@lru_cache(4096)
def names_of(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Return what categories and those above them are called, by their last level too; the most special of each last.

    ``Kitchen > Baking`` is called *Kitchen*, *Baking* and *Kitchen > Baking*.
    """
    paths = (path for category in categories for path in paths_of(category))
    return tuple(dict.fromkeys(name for path in paths for name in (path.rpartition(JOINT)[2], path)))
