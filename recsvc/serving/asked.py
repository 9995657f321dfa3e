"""A question as one version sees it."""

from dataclasses import dataclass, replace

from recsvc.cache.key import ListKey, list_key
from recsvc.ranking.query import PERSONAL, Query
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.rendering import render


@dataclass(frozen=True)
class Asked:
    """A query as one version sees it: what is made for it, and the key it is kept under."""

    live: LiveVersion
    query: Query
    key: ListKey
    familiar: bool

    @classmethod
    def of(cls, live: LiveVersion, query: Query) -> "Asked":
        """Find the query that all shoppers with the same answer share.

        A list that does not depend on the shopper, and that of a shopper nobody knows, is kept once:
        made-up ids fill no cache.
        """
        model = live.recommender.model
        is_stranger = query.user_id is not None and model.users.index_of(query.user_id) is None
        is_shared = query.user_id is None or is_stranger or query.placement not in PERSONAL
        shared = replace(query, user_id=None) if is_shared else query
        unknown = [one for one in {*query.item_ids, *query.exclude} if model.items.index_of(one) is None]
        diversity = live.recommender.diversity
        key = list_key(live.manifest.model_version, shared, lambda one: one not in unknown, diversity)
        return cls(live, shared, key, familiar=not (is_stranger or unknown))

    def make(self) -> bytes:
        """Return the list, as every cache keeps it."""
        return render(self.live, self.query, self.key)
