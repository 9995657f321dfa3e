"""A process that makes parts of an export, one at a time, from its own map of the one model."""

import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from threadpoolctl import threadpool_limits

from recsvc.catalogue.item import Item
from recsvc.logs import configure_logging
from recsvc.mailing.list_rows import ListRows, unlearned
from recsvc.mailing.mail_items import MailItems
from recsvc.mailing.parts_folder import PART_SHOPPERS, Begun, PartsFolder
from recsvc.mailing.shop_addresses import ShopAddresses
from recsvc.model.mirror import open_current
from recsvc.rules.rule_book import RuleBook
from recsvc.service import make_store, shop_beside
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop import Shop
from recsvc.settings.settings import Settings
from recsvc.store.item_catalogue import every_item
from recsvc.store.store import Store

PATIENCE_SECONDS = 60.0
"""How long a statement may take: the service and other parts write to the store meanwhile."""

_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Opened:
    """What rows are made from.

    Attributes:
        live: the version that ranks.
        shop: whose catalogue takes what is unfit for a mail for unavailable.
        store: the shop's.
        items: says what a mail tells of items.
        n_fit: how many items a mail can show, sold out ones too.
        n_unfit: how many of the catalogue none can show, because something that is needed is not known of them.
    """

    live: LiveVersion
    shop: Shop
    store: Store
    items: MailItems
    n_fit: int
    n_unfit: int = 0


@contextmanager
def opened(
    settings: Settings, book: RuleBook, needs: Collection[str], version: str | None
) -> Iterator[Opened]:
    """Yield what rows are made from; ``version``: None for the live one. Raises ModelError and StoreError."""
    published = open_current(settings.models_dir, settings.models_url).load(version)
    live = LiveVersion.of(published, settings.diversity)
    url = settings.shop_url
    addresses = None if url is None else ShopAddresses.of(url, settings.shop_hosts)
    items = MailItems(live.recommender.model, addresses, needs)
    catalogue = LiveCatalogue(items.is_fit)
    with closing(make_store(settings, PATIENCE_SECONDS)) as store:
        known = [item for item in every_item(store.catalogue) if not item.withdrawn]
        blank = [Item(item_id) for item_id in unlearned(live, [item.item_id for item in known])]
        catalogue.take([item for item in blank if not items.is_fit(item)])
        shop = shop_beside(live, store, settings, book, catalogue=catalogue, is_strict=True)
        n_known = sum(map(items.is_fit, known))
        n_fit = n_known + sum(map(items.is_fit, blank))
        yield Opened(live, shop, store, items, n_fit, len(known) - n_known)


@dataclass(frozen=True)
class PartMaker:
    """Makes the parts of one export.

    Attributes:
        settings, book: of the shop.
        output: the file that is exported to.
        begun: what is exported.
    """

    settings: Settings
    book: RuleBook
    output: Path
    begun: Begun

    @contextmanager
    def parts(self) -> Iterator["Parts"]:
        """Yield what makes parts."""
        plan = self.begun.plan
        with opened(self.settings, self.book, plan.needs, self.begun.model_version) as found:
            rows = ListRows(found.live, found.shop, found.store, plan, found.items, self.settings)
            yield Parts(found, self.begun, PartsFolder(self.output), rows)


class Parts:
    """Makes parts of ``begun`` in ``folder``, of ``rows``."""

    def __init__(self, opened: Opened, begun: Begun, folder: PartsFolder, rows: ListRows) -> None:
        self._opened = opened
        self._begun = begun
        self._folder = folder
        self._users = folder.user_indices()
        self._rows = rows

    def make(self, number: int) -> int:
        """Make a part, by the stock of this moment; return for how many shoppers it is. Raises StoreError."""
        follower = self._opened.shop.follower
        while follower is not None and not follower.look():
            pass
        users = self._opened.live.recommender.model.users
        indices = self._users[number * PART_SHOPPERS : (number + 1) * PART_SHOPPERS]
        made = self._rows.of([users.id_of(int(index)) for index in indices])
        if self._begun.mailing is not None:
            self._opened.store.mailed.record(self._begun.mailing, made.mailed)
        self._folder.write(number, made.rows, made.left_out)
        return len(indices)


_open: list[tuple[ExitStack, Parts]] = []
"""What this process makes parts with, once it has begun: pools of processes pass on nothing else."""


def begin(maker: PartMaker) -> None:
    """Get ready to make parts; this process ends with the one that began it, and leaves Ctrl-C to that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    threadpool_limits(1)
    configure_logging(maker.settings.log_level)
    held = ExitStack()
    _open.append((held, held.enter_context(maker.parts())))


def make(number: int) -> int:
    """Make a part; return for how many shoppers it is."""
    [(_, parts)] = _open
    return parts.make(number)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)
