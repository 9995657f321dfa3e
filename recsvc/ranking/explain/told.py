"""What is told of an item, and how the item is spoken of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recsvc.ranking.explain.explanation import Explanation, Standing
from recsvc.ranking.explain.languages.en import ENGLISH
from recsvc.ranking.explain.languages.language import Language

MAX_TITLES = 3
MAX_TITLE_LENGTH = 80
"""A longer title is cut: nobody reads out, or listens to, a whole description."""


@dataclass(frozen=True)
class Told:
    """What is told of which item in which list, and to whom; ``titles`` by id, as far as they are known."""

    explanation: Explanation
    item_id: str
    standing: Standing
    titles: Mapping[str, str]
    language: Language = ENGLISH

    def quoted(self, item_id: str) -> str:
        """Return an item as it is spoken of."""
        return self.language.quoted.format(title=self._title(item_id))

    def named(self, item_ids: Iterable[str]) -> list[str]:
        """Return items as they are spoken of; of several with the same title, one."""
        return list(dict.fromkeys(map(self.quoted, item_ids)))[:MAX_TITLES]

    @property
    def where(self) -> str:
        """What the list is called, as it follows the place in it."""
        lists: Mapping[str, str] = {str(name): words for name, words in self.language.lists.items()}
        return lists.get(str(self.explanation.placement), self.language.other_list)

    def _title(self, item_id: str) -> str:
        words = self.titles.get(item_id, "").split() or item_id.split() or [item_id]
        title = " ".join(words)
        return title if len(title) <= MAX_TITLE_LENGTH else f"{title[: MAX_TITLE_LENGTH - 1].rstrip()}…"
