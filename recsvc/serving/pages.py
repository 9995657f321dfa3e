"""Several lists for one page, on which no item stands twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recsvc.cache.cache import Cache, Hit, Miss, Tier
from recsvc.cache.finished_list import Kept
from recsvc.cache.key import ListKey, page_key
from recsvc.errors import QueryError
from recsvc.ranking.query import MAX_EXCLUDED_ITEMS, Query
from recsvc.serving.lists import Answer, Lists
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.rules_in_force import RulesInForce

MAX_LISTS = 10
MAX_PAGE_ITEMS = MAX_EXCLUDED_ITEMS // 2
"""So many items all lists ask for together, and so many may be excluded: the last list excludes them all."""

_MAX_LOOKS = 3


@dataclass(frozen=True)
class Page:
    """The lists of one page, first come first served: of an item that fits several, the first has it.

    ``queries`` have the same user and the same items excluded.
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
    """The lists of a page, in the order asked for, and where they came from as a whole."""

    lists: tuple[Answer, ...]
    cache: Tier | Literal["miss"]


class Pages:
    """Answers pages from ``lists``, and keeps each as a whole in ``cache``, for as long as its user's lists.

    A page that was kept with an item that is unavailable now is made anew.
    """

    def __init__(self, lists: Lists, cache: Cache) -> None:
        self._lists = lists
        self._cache = cache

    @property
    def rules(self) -> RulesInForce:
        """The rules of the placements."""
        return self._lists.shop.rules

    def answer(self, page: Page, *, is_kept: bool = True) -> PageAnswer:
        """Return the lists of ``page``; where ``is_kept`` is false a user's page is not kept.

        Raises NoModelError until a model is loaded, and what ``Lists.finish`` raises for one of the lists.
        """
        resolved = [self._lists.resolve(query) for query in page.queries]
        key, found = self._look([wanted.key for wanted in resolved], resolved[0].live)
        if isinstance(found, Hit):
            kept = zip(resolved, found.lists, strict=True)
            answers = tuple(Answer(wanted.asked, made, wanted.key, found.tier) for wanted, made in kept)
            return PageAnswer(answers, found.tier)
        answers, is_as_resolved = self._make(resolved, is_kept=is_kept)
        if found is not None and is_as_resolved and (is_kept or not key.bucket):
            self._cache.put(key, Kept(answer.made for answer in answers), found)
        return PageAnswer(answers, "miss")

    def _look(self, keys: Sequence[ListKey], live: LiveVersion) -> tuple[ListKey, Hit | Miss | None]:
        """Return what is kept of the page and may be shown, or where to keep it; None: too much has changed."""
        gone: frozenset[str] = frozenset()
        for _ in range(_MAX_LOOKS):
            key = page_key(keys, gone)
            found = self._cache.get(key)
            if isinstance(found, Miss):
                return key, found
            unavailable = self._lists.shop.catalogue.unavailable_ids(live)
            shown = (row[0] for made in found.lists for row in made.rows)
            seen = unavailable.intersection(shown) if unavailable else unavailable
            if not seen and len(found.lists) == len(keys):
                return key, found
            gone |= seen
        return key, None

    def _make(self, resolved: Sequence[ResolvedQuery], *, is_kept: bool) -> tuple[tuple[Answer, ...], bool]:
        """Make the lists one after the other, each without what stands in those before it, and without its variants.

        Return also whether all were made as resolved: not for a user who was erased meanwhile, nor by another version.
        """
        shown: set[str] = set()
        answers, is_as_resolved = [], True
        for wanted in resolved:
            if not is_as_resolved:
                wanted = self._lists.resolve(wanted.asked)  # noqa: PLW2901 - the same query, as it is seen now
            # As it is asked for alone, it is in a cache more often; most lists of a page have nothing in common.
            answer = self._finish(wanted, is_kept=is_kept)
            if shown.intersection(answer.item_ids) or self._are_variants(shown, answer.item_ids):
                wanted = wanted.without(sorted(shown))  # noqa: PLW2901 - the same query, narrowed
                answer = self._finish(wanted, is_kept=is_kept)
            is_as_resolved = is_as_resolved and answer.key == wanted.key
            shown.update(answer.item_ids)
            answers.append(answer)
        return tuple(answers), is_as_resolved

    def _are_variants(self, shown: set[str], item_ids: list[str]) -> bool:
        """Return whether one of ``item_ids`` is of a product of which another variant is ``shown``."""
        variants = self._lists.shop.catalogue.variants
        return not variants.groups_of(shown).isdisjoint(variants.groups_of(item_ids))

    def _finish(self, resolved: ResolvedQuery, *, is_kept: bool) -> Answer:
        return self._lists.finish(self._lists.look(resolved), is_kept=is_kept)
