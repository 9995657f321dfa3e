"""An export of lists, from what is asked to the file; what was made before it ended is not made again."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.clock import now_us
from recsvc.errors import ExportError, SettingsError, UnknownVersionError
from recsvc.identity.spelling import canonical_user_id
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.list_rows import ERASED, query_of
from recsvc.mailing.mail_row import Layout
from recsvc.mailing.part_worker import Opened, PartMaker, begin, make, opened
from recsvc.mailing.parts_folder import Begun, PartsFolder, whole_file
from recsvc.mailing.row_files import Opens
from recsvc.mailing.shopper_fields import Known, shoppers_in
from recsvc.model.mirror import open_current
from recsvc.rules.rule_book import RuleBook
from recsvc.settings.settings import Settings
from recsvc.store.event import DAY_US
from recsvc.store.store import Store

STALE_US = DAY_US
"""What was begun longer ago is not gone on with: its lists are by the stock of then."""

UNWRITABLE, OBJECTING = "unsafe_id", "objecting"
MERGED, NAMED = "merged", "named"
"""Why a shopper has no row, beside those of ``list_rows``."""


@dataclass(frozen=True)
class Target:
    """Where rows go.

    Attributes:
        output: the file.
        opens: what opens it.
        layout: its columns.
        processes: that make parts at the same time.
    """

    output: Path
    opens: Opens
    layout: Layout
    processes: int


@dataclass(frozen=True)
class Exported:
    """What was exported.

    Attributes:
        n_rows: of the file.
        n_shoppers: who were to have one.
        n_before: of these, how many an earlier run had made already.
        left_out: shoppers without a row, by the reason.
        n_offers: rows with something that is offered.
        n_strangers: ids that were to be left out, and are of nobody whom the version knows.
        n_unfit: items of the catalogue that no row can have, because something that is needed is not known of them.
    """

    n_rows: int
    n_shoppers: int
    n_before: int
    left_out: Counter[str]
    n_offers: int = 0
    n_strangers: int = 0
    n_unfit: int = 0


Show = Callable[[str, int], Callable[[int], None]]
"""Told the version and for how many shoppers; what it returns is told for how many of these parts are there."""


@dataclass(frozen=True)
class Exporting:
    """Exports lists.

    Attributes:
        settings, book: of the shop.
        plan: what is exported.
        target: where to.
        without: ids of shoppers who are left out.
        show: shows how far it is.
    """

    settings: Settings
    book: RuleBook
    plan: ExportPlan
    target: Target
    without: frozenset[str] = frozenset()
    show: Show = field(default=lambda _version, _n: lambda _done: None)

    def run(self) -> Exported:
        """Export; what an earlier run of the same made is not made again.

        Raises ExportError where a process was ended; SettingsError, RulesError, ModelError, StoreError.
        """
        if self.plan.link_base is not None and self.settings.shop_url is None:
            raise SettingsError(
                "--link-base makes links that lead to the shop, and no setting says where that is: set RECSVC_SHOP_URL"
            )
        folder = PartsFolder(self.target.output)
        if not folder.path.exists():
            self._refuse_existing()
        with folder.held(), opened(self.settings, self.book, self.plan.needs, None) as found:
            begun = folder.read()
            if begun is None:
                begun = self._begin(folder, found)
            else:
                self._check(begun, folder, found)
            return self._finish(folder, begun, found)

    def _refuse_existing(self) -> None:
        if self.target.output.exists():
            raise SettingsError(
                f"{self.target.output} is there already: name another --output, or move it away"
            )
        if not self.target.output.parent.is_dir():
            raise SettingsError(
                f"{self.target.output.parent} is no directory: make it, or name another --output"
            )

    def _begin(self, folder: PartsFolder, found: Opened) -> Begun:
        query_of(self.plan, found.shop)
        if not found.n_fit:
            raise SettingsError(
                f"no item of the catalogue has all of {', '.join(self.plan.needs)}"
                + self.plan.where_links_lead(self.settings.shop_url)
                + ": tell the catalogue with `recsvc items import` or PUT /v1/items, or say with --needs what is enough"
            )
        users, left_out = self._users(found)
        at_us = now_us()
        mailing = None
        if not self.plan.is_trial:
            mailing = found.store.mailed.begin(at_us, at_us + round(self.settings.mail_link_days * DAY_US))
        begun = Begun(self.plan, found.live.manifest.model_version, mailing, at_us, left_out)
        folder.begin(begun, users)
        return begun

    def _users(self, found: Opened) -> tuple[NDArray[np.intp], Counter[str]]:
        """Return the users of the model who are to have a row, and how many others of the segment are not, by why.

        intp, shape (n,), ascending.
        """
        model, store, left_out = found.live.recommender.model, found.store, Counter[str]()
        wanted = np.ones(model.n_users, dtype=bool)
        if self.plan.segment is not None:
            wanted = shoppers_in(self.plan.segment, Known(found.live, found.shop.catalogue))
        joined = {merge.from_id for merge in store.users.merges() if merge.kind == "user"}
        named = {one for ids in self._named(store) for one in ids}
        for why, user_ids in ((MERGED, joined), (NAMED, named), (OBJECTING, store.objections.all())):
            theirs = np.asarray(model.users.indices_of(user_ids), dtype=np.intp)
            left_out[why] = int(wanted[theirs].sum())
            wanted[theirs] = False
        indices = np.flatnonzero(wanted)
        gone = store.users.tombstones().mask([model.users.id_of(int(index)) for index in indices])
        left_out[ERASED] = int(gone.sum())
        return indices[~gone], left_out

    def _named(self, store: Store) -> list[frozenset[str]]:
        """Return, for each id that is to be left out, that id and the one that the shopper has now."""
        ids = {canonical_user_id(user_id) for user_id in self.without}
        now = store.users.merged_into(ids)
        return [frozenset({one, now.get(one, one)}) for one in ids]

    def _n_strangers(self, found: Opened) -> int:
        """Return how many ids that are to be left out are of nobody whom the version knows."""
        users = found.live.recommender.model.users
        return sum(not users.indices_of(ids) for ids in self._named(found.store))

    def _check(self, begun: Begun, folder: PartsFolder, found: Opened) -> None:
        """Raise SettingsError unless what was begun can be gone on with; ModelError where its version is damaged."""
        said, wanted = begun.plan.to_json(), self.plan.to_json()
        different = [name for name, value in wanted.items() if said[name] != value]
        if different:
            raise SettingsError(
                f"{folder.path} is of an export that was begun with another {', '.join(different)}: give the same "
                "options to go on with it, or delete the folder to begin anew"
            )
        is_stale = now_us() - begun.begun_at_us > STALE_US
        if is_stale or (begun.mailing is not None and not found.store.mailed.holds(begun.mailing)):
            raise SettingsError(
                f"{folder.path} is of an export that was begun more than a day ago, or with another store: delete the "
                "folder to begin anew"
            )

        if begun.model_version != found.live.manifest.model_version:
            try:
                open_current(self.settings.models_dir, self.settings.models_url).load(begun.model_version)
            except UnknownVersionError as error:
                raise SettingsError(
                    f"{folder.path} is of an export by the version {begun.model_version}, which is not there any more: "
                    "delete the folder to begin anew"
                ) from error

    def _finish(self, folder: PartsFolder, begun: Begun, found: Opened) -> Exported:
        n_shoppers, store = len(folder.user_indices()), found.store
        n_before = self._make_parts(folder, begun, n_shoppers)
        n_rows, left_out, n_offers = self._assemble(folder, n_shoppers, store)
        left_out.update(begun.left_out)
        n_strangers = self._n_strangers(found)
        if begun.mailing is not None:
            store.mailed.finish(begun.mailing, now_us())
        folder.remove()
        return Exported(n_rows, n_shoppers, n_before, +left_out, n_offers, n_strangers, found.n_unfit)

    def _make_parts(self, folder: PartsFolder, begun: Begun, n_shoppers: int) -> int:
        """Make the parts that are not there; return for how many shoppers these were."""
        missing = [number for number in folder.parts(n_shoppers) if not folder.has(number)]
        sizes = folder.sizes(n_shoppers)
        done = n_before = n_shoppers - sum(sizes[number] for number in missing)
        show = self.show(begun.model_version, n_shoppers)
        show(done)
        if not missing:
            return n_before
        maker = PartMaker(self.settings, self.book, self.target.output.absolute(), begun)
        for n_made in self._made(maker, missing):
            done += n_made
            show(done)
        return n_before

    def _made(self, maker: PartMaker, missing: Sequence[int]) -> Iterator[int]:
        """Make the parts ``missing``; yield for how many shoppers each is, in the order in which they are done."""
        n_processes = min(self.target.processes, len(missing))
        if n_processes == 1:
            with threadpool_limits(1), maker.parts() as parts:
                yield from map(parts.make, missing)
            return
        pool = ProcessPoolExecutor(
            n_processes, multiprocessing.get_context("spawn"), initializer=begin, initargs=(maker,)
        )
        try:
            for made in as_completed([pool.submit(make, number) for number in missing]):
                yield made.result()
        except BrokenProcessPool as error:
            raise ExportError(
                "a process that made lists was ended, or could not begin; what was made is there. Give it more memory, "
                "or say --processes 1, and run the same command again: it goes on"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)

    def _assemble(self, folder: PartsFolder, n_shoppers: int, store: Store) -> tuple[int, Counter[str], int]:
        """Write the file from all parts, without who was erased or objected since.

        Return its rows, who has none, and how many have an offer.
        """
        left_out, n_rows, n_offers = folder.left_out(n_shoppers), 0, 0
        gone, objecting = store.users.tombstones(), store.objections.all()
        with whole_file(self.target.output) as temporary:
            with self.target.opens(temporary, self.target.layout) as file:
                for row in folder.rows(n_shoppers):
                    if gone.digests and gone.holds(row.user_id):
                        left_out[ERASED] += 1
                    elif row.user_id in objecting:
                        left_out[OBJECTING] += 1
                    else:
                        n_refused = file.n_refused
                        file.write(row)
                        if file.n_refused == n_refused:
                            n_rows += 1
                            n_offers += row.offer is not None
            if file.n_refused:
                left_out[UNWRITABLE] += file.n_refused
        return n_rows, left_out, n_offers


def digest_of(user_ids: Collection[str]) -> str:
    """Return what tells some ids from others; empty for none."""
    if not user_ids:
        return ""
    return blake2b("\0".join(sorted(user_ids)).encode(), digest_size=12).hexdigest()
