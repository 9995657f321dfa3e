"""The one definition of a list's key, for every cache."""

import hashlib
import json
from collections.abc import Callable
from typing import NamedTuple

from recsvc.ranking.query import Query

BUCKETS = 2**16
"""Shoppers are told apart in so many groups when lists are dropped; one of the same group is only made anew."""


FORM = "packed"
"""How lists are kept, as part of every key: programs of another release that keep them otherwise see none of these."""


class Owner(NamedTuple):
    """Whose lists: a shopper, or everyone.

    Attributes:
        digest: of the shopper's id, so that no cache tells who asked; empty for everyone.
        bucket: the shopper's group, 1..BUCKETS; 0 for everyone.
    """

    digest: str
    bucket: int


EVERYONE = Owner("", 0)


class ListKey(NamedTuple):
    """Names a list: the same for queries with the same answer.

    Attributes:
        model_version: the version that made it.
        owner: digest of the shopper, or of the question where the list is nobody's in particular.
        question: digest of everything that was asked.
        bucket: of the owner; 0 where the list is nobody's.
    """

    model_version: str
    owner: str
    question: str
    bucket: int


def owner_of(external_id: str, kind: str = "user") -> Owner:
    """Return the owner of the lists of a user, or of a session."""
    digest = _digest([kind, external_id])
    return Owner(digest, 1 + int(digest[:8], 16) % BUCKETS)


class Making(NamedTuple):
    """What a list depends on beside the model and the question; where there is none of it, keys are as without it.

    Attributes:
        diversity: of the service; where workers disagree on it, each finds only lists of its own.
        wishes: digest of the rules, and of the items of the category that the list keeps to.
        new_items_share: of the service, like ``diversity``.
    """

    diversity: float = 0.0
    wishes: str = ""
    new_items_share: float = 0.0


PLAIN = Making()


def list_key(
    model_version: str, query: Query, is_item: Callable[[str], bool], making: Making = PLAIN
) -> ListKey:
    """Return the key of the list that answers ``query``.

    Order and repeats of item ids change no list, nor do ids for which ``is_item`` says no: made-up ones
    share the entry of the query without them.
    """
    items, exclude = (
        sorted(one for one in set(ids) if is_item(one)) for ids in (query.item_ids, query.exclude)
    )
    shopper = query.shopper
    session = [] if shopper is None or shopper.kind == "user" else [list(shopper)]
    question = _digest(
        [
            FORM,
            query.placement,
            query.n,
            query.user_id,
            items,
            exclude,
            *session,
            *([making.diversity] if making.diversity else []),
            *([{"name": query.name, "wishes": making.wishes}] if query.name or making.wishes else []),
            *([["new", making.new_items_share]] if making.new_items_share else []),
        ]
    )
    owner = Owner(question, 0) if shopper is None else owner_of(shopper.external_id, shopper.kind)
    return ListKey(model_version, owner.digest, question, owner.bucket)


def _digest(parts: list[object]) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()
