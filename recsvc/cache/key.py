"""The one definition of a list's key, for every cache."""

import hashlib
import json
from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from recsvc.ranking.query import Query, UserKey

BUCKETS = 2**16
"""Users are told apart in so many groups when lists are invalidated; for others of the group, lists are made anew."""

FORM = "finished lists"
"""How lists are kept, as part of every key: a release that keeps them in another form reads none of these."""


class UserTag(NamedTuple):
    """Whose lists are meant: those of a user, or of everyone.

    Attributes:
        digest: of the user's id, so that no cache tells it; empty for everyone.
        bucket: the user's group, 1..BUCKETS; 0 for everyone.
    """

    digest: str
    bucket: int


EVERYONE = UserTag("", 0)


class ListKey(NamedTuple):
    """Names a list: the same for queries with the same answer.

    Attributes:
        model_version: the version that made it.
        user: digest of the user, or of the query where the list is nobody's in particular.
        query: digest of the whole query.
        bucket: of the user; 0 where the list is nobody's.
    """

    model_version: str
    user: str
    query: str
    bucket: int

    @property
    def tag(self) -> UserTag:
        """Whose list it is."""
        return UserTag(self.user, self.bucket)

    @property
    def name(self) -> bytes:
        """What tells the list from all others."""
        return "|".join(self[:3]).encode()


def tag_of(user: UserKey) -> UserTag:
    """Return the tag of the lists of a user, or of a session."""
    digest = _digest(list(user))
    return UserTag(digest, 1 + int(digest[:8], 16) % BUCKETS)


class Making(NamedTuple):
    """What a list depends on beside the model and the query; where there is none of it, keys are as without it.

    Attributes:
        diversity: of the service; where workers disagree on it, each finds only lists of its own.
        rules: digest of the placement's rules, and of the items of the category that the list keeps to.
        new_items_share: of the service, like ``diversity``.
        variant: digest of the variant of an experiment that the list is shown in.
    """

    diversity: float = 0.0
    rules: str = ""
    new_items_share: float = 0.0
    variant: str = ""


PLAIN = Making()


def list_key(
    model_version: str, query: Query, is_item: Callable[[str], bool], making: Making = PLAIN
) -> ListKey:
    """Return the key of the list that answers ``query``.

    Order and repeats of item ids change no list, nor do ids for which ``is_item`` says no: made-up ones
    share the entry of the query without them.
    """
    items, exclude = (
        sorted(item_id for item_id in set(ids) if is_item(item_id)) for ids in (query.item_ids, query.exclude)
    )
    user = query.shopper
    session = [] if user is None or user.kind == "user" else [list(user)]
    digest = _digest(
        [
            FORM,
            query.placement,
            query.n,
            query.user_id,
            items,
            exclude,
            *session,
            *([making.diversity] if making.diversity else []),
            *([{"name": query.name, "rules": making.rules}] if query.name or making.rules else []),
            *([["new", making.new_items_share]] if making.new_items_share else []),
            *([["variant", making.variant]] if making.variant else []),
        ]
    )
    tag = UserTag(digest, 0) if user is None else tag_of(user)
    return ListKey(model_version, tag.digest, digest, tag.bucket)


def page_key(keys: Sequence[ListKey], unavailable: Set[str]) -> ListKey:
    """Return the key of a page of lists with these keys, made when the items ``unavailable`` could not be shown."""
    parts: list[object] = [[key.user, key.query] for key in keys]
    if len({key.model_version for key in keys}) > 1:  # a variant of an experiment shows another version
        parts.append([key.model_version for key in keys])
    digest = _digest(["page", parts, sorted(unavailable)])
    personal = next((key for key in keys if key.bucket), None)
    if personal is None:
        return ListKey(keys[0].model_version, digest, digest, 0)
    return personal._replace(query=digest)


def _digest(parts: list[object]) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()
