"""Merged accounts and erased users, as the store of the service knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from recsvc.identity.tombstones import Tombstones
from recsvc.store.store import Store
from training.sources.identifiers import clean_user_ids
from training.sources.raw_orders import RawOrders, encode


@dataclass(frozen=True)
class Identities:
    """What the store knows of user ids.

    Attributes:
        accounts: id of a second account -> the user it was merged into.
        tombstones: the erased users.
        objecting: users who asked not to be profiled, in the one spelling: their purchases are those of guests.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    tombstones: Tombstones = field(default_factory=lambda: Tombstones(b"", frozenset()))
    objecting: frozenset[str] = frozenset()

    @classmethod
    def of(cls, store: Store) -> "Identities":
        """Read what ``store`` knows; raises StoreError when it fails."""
        merges = store.users.merges()
        accounts = {merge.from_id: merge.to_user_id for merge in merges if merge.kind == "user"}
        return cls(accounts, store.users.tombstones(), store.objections.all())

    @property
    def are_none(self) -> bool:
        """Whether each id is a user of its own, nobody was erased, and nobody objects."""
        return not (self.accounts or self.tombstones.digests or self.objecting)

    def erased_among(self, user_ids: pl.Series) -> frozenset[str]:
        """Return the cleaned ids of which one spelling in ``user_ids``, or of the user it belongs to, was erased."""
        return self._gone(user_ids) | self._gone(self._users_of(user_ids))

    def applied_to(self, raw: RawOrders, erased: frozenset[str] | None = None) -> RawOrders:
        """Return ``raw`` without lines of erased users, and with second accounts as the user they belong to.

        The lines of users who object are those of guests.

        An id is an account in whichever spelling. Of a shopper who was erased in one spelling, no spelling is left.
        ``erased`` are those of a history of which these lines are a part; None: the lines are all there are.
        """
        if self.are_none:
            return raw
        users = encode(raw.lines["user_id"])
        meant = self._users_of(users.values)
        gone = sorted(self.erased_among(users.values) if erased is None else erased)
        is_erased = users.where(self._erased(users.values, gone) | self._erased(meant, gone))
        lines = raw.lines
        if self.accounts:
            lines = lines.with_columns(users.each(meant).cast(lines["user_id"].dtype).alias("user_id"))
        if self.objecting:
            objects = users.where(clean_user_ids(meant).is_in(sorted(self.objecting)).fill_null(value=False))
            lines = lines.with_columns(pl.when(~objects).then(pl.col("user_id")).alias("user_id"))
        n_erased = int(is_erased.sum())
        return replace(raw, lines=lines.filter(~is_erased) if n_erased else lines, n_erased=n_erased)

    def _users_of(self, user_ids: pl.Series) -> pl.Series:
        own = pl.DataFrame({"id": user_ids, "cleaned": clean_user_ids(user_ids)})
        meant = pl.coalesce(
            pl.col("id").replace_strict(self.accounts, default=None, return_dtype=pl.String),
            pl.col("cleaned").replace_strict(self.accounts, default=None, return_dtype=pl.String),
            "id",
        )
        return own.select(meant).to_series()

    def _gone(self, user_ids: pl.Series) -> frozenset[str]:
        as_written = pl.Series(self.tombstones.mask(user_ids.to_list()), dtype=pl.Boolean)
        return frozenset(clean_user_ids(user_ids).filter(as_written).drop_nulls().to_list())

    def _erased(self, user_ids: pl.Series, gone: list[str]) -> pl.Series:
        as_written = pl.Series(self.tombstones.mask(user_ids.to_list()), dtype=pl.Boolean)
        return as_written | clean_user_ids(user_ids).is_in(gone).fill_null(value=False)


NOBODY = Identities()
"""The identities where there is no store: each id is a user of its own."""
