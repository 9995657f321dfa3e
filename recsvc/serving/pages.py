"""Several lists for one page, on which no item stands twice."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from recsvc.cache.cache import Cache, Hit, Miss, Tier
from recsvc.cache.key import ListKey
from recsvc.errors import QueryError
from recsvc.ranking.query import MAX_EXCLUDED_ITEMS, Query
from recsvc.serving.kept_list import addressed
from recsvc.serving.lists import Answer, Lists
from recsvc.serving.placements import Placements

MAX_LISTS = 10
MAX_PAGE_ITEMS = MAX_EXCLUDED_ITEMS // 2
"""So many items all lists ask for together, and so many may be excluded: the last list excludes them all."""

_BETWEEN = b"\n"
"""Between the lists in what is kept; JSON without spaces holds no line break."""

_MAX_LOOKS = 3


@dataclass(frozen=True)
class Page:
    """The lists of one page, first come first served: of an item that fits several, the first has it.

    ``queries`` have the same shopper and the same items excluded.
    """

    queries: tuple[Query, ...]

    def __post_init__(self) -> None:
        """Raise QueryError unless it is within its bounds."""
        if not 1 <= len(self.queries) <= MAX_LISTS:
            raise QueryError(f"a page has 1..{MAX_LISTS} lists, got {len(self.queries)}")
        n_items = sum(query.n for query in self.queries)
        if n_items > MAX_PAGE_ITEMS:
            raise QueryError(
                f"the lists of a page have at most {MAX_PAGE_ITEMS} items together, got {n_items}"
            )
        n_excluded = len(self.queries[0].exclude)
        if n_excluded > MAX_PAGE_ITEMS:
            raise QueryError(f"at most {MAX_PAGE_ITEMS} exclude values for a page, got {n_excluded}")


@dataclass(frozen=True)
class PageAnswer:
    """The lists of a page as JSON, in the order asked for, and where they came from as a whole."""

    bodies: tuple[bytes, ...]
    cache: Tier | Literal["miss"]


def nothing_hidden() -> frozenset[str]:
    """Return the items that may not be shown where all may."""
    return frozenset()


class Pages:
    """Answers pages from ``lists``, and keeps each as a whole in ``cache``, for as long as its shopper's lists.

    ``hidden`` tells the items that may not be shown now: a page that was kept with one of them is made anew.
    """

    def __init__(
        self, lists: Lists, cache: Cache, hidden: Callable[[], frozenset[str]] = nothing_hidden
    ) -> None:
        self._lists = lists
        self._cache = cache
        self._hidden = hidden

    @property
    def placements(self) -> Placements:
        """What the shop calls its placements, and their rules."""
        return self._lists.placements

    def answer(self, page: Page, *, is_kept: bool = True) -> PageAnswer:
        """Return the lists of ``page``; of one that is not to be kept nothing is, unless it is nobody's.

        Raises NoModelError until a model is loaded, and what ``Lists.answer`` raises for one of the lists.
        """
        keys = self._keys(page)
        made_for = page.queries if any(key.bucket for key in keys) else _for_nobody(page.queries)
        key, found = self._look(keys)
        if isinstance(found, Hit):
            return PageAnswer(_addressed(found.value.split(_BETWEEN), made_for, page.queries), found.tier)
        answers = self._make(made_for, is_kept=is_kept)
        is_of_one_version = all(answer.model_version == key.model_version for answer in answers)
        # Under other rules than those that the page was looked for with, it would be kept in the wrong place.
        may_keep = is_kept or not key.bucket
        if found is not None and may_keep and is_of_one_version and keys == self._keys(page):
            self._cache.put(key, _BETWEEN.join(answer.body for answer in answers), found)
        return PageAnswer(_addressed([answer.body for answer in answers], made_for, page.queries), "miss")

    def _keys(self, page: Page) -> list[ListKey]:
        return [self._lists.key_of(query) for query in page.queries]

    def _look(self, keys: list[ListKey]) -> tuple[ListKey, Hit | Miss | None]:
        """Return what is kept of the page and may be shown, or where to keep it; None: too much has changed."""
        gone: frozenset[str] = frozenset()
        for _ in range(_MAX_LOOKS):
            key = _page_key(keys, gone)
            found = self._cache.get(key)
            if isinstance(found, Miss):
                return key, found
            hidden = self._hidden()
            seen = _items_of(found.value.split(_BETWEEN)) & hidden if hidden else hidden
            if not seen:
                return key, found
            gone |= seen
        return key, None

    def _make(self, queries: tuple[Query, ...], *, is_kept: bool) -> list[Answer]:
        """Make the lists one after the other, each without what stands in those before it."""
        shown: set[str] = set()
        answers = []
        for query in queries:
            # As it is asked for alone, it is in a cache more often; most lists of a page have nothing in common.
            answer = self._lists.answer(query, is_kept=is_kept)
            if shown & _items_of([answer.body]):
                without = replace(query, exclude=(*query.exclude, *sorted(shown)))
                answer = self._lists.answer(without, is_kept=is_kept)
            shown |= _items_of([answer.body])
            answers.append(answer)
        return answers


def _for_nobody(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    """Return the queries that all shoppers of whom nothing is known share."""
    return tuple(query.for_nobody() for query in queries)


def _page_key(keys: list[ListKey], gone: frozenset[str]) -> ListKey:
    """Return the key of a page of lists with these keys, made when ``gone`` could not be shown."""
    parts = [[key.owner, key.question] for key in keys]
    question = hashlib.blake2b(json.dumps(["page", parts, sorted(gone)]).encode(), digest_size=12).hexdigest()
    owner = next((key for key in keys if key.bucket), None)
    if owner is None:
        return ListKey(keys[0].model_version, question, question, 0)
    return ListKey(owner.model_version, owner.owner, question, owner.bucket)


def _items_of(bodies: list[bytes]) -> frozenset[str]:
    return frozenset(item["item_id"] for body in bodies for item in json.loads(body)["items"])


def _addressed(
    bodies: list[bytes], made_for: tuple[Query, ...], asked: tuple[Query, ...]
) -> tuple[bytes, ...]:
    return tuple(addressed(*each) for each in zip(bodies, made_for, asked, strict=True))
