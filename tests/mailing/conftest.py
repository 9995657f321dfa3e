"""A shop of the small model whose catalogue has pages for all items."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.models import ITEMS

from recsvc.catalogue.item import Item
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.exporting import Exported, Exporting, Target
from recsvc.mailing.mail_row import Layout
from recsvc.mailing.row_files import FORMATS
from recsvc.model.registry import Registry
from recsvc.rules.rule_book import NO_RULES
from recsvc.settings.settings import Settings
from recsvc.store.store import Store, open_store

FRONT = "https://shop.example/"


@pytest.fixture
def store(registry: Registry) -> Iterator[Store]:
    """The store of ``registry``, whose items all have a title, a page, a picture and a price."""
    store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
    store.catalogue.put(
        [
            Item(item_id, item_id.title(), f"/{item_id}", f"https://cdn.example/{item_id}.png", 2.5)
            for item_id in ITEMS
        ]
    )
    yield store
    store.close()


@pytest.fixture
def settings(registry: Registry) -> Settings:
    return Settings(models_dir=registry.directory, shop_url=FRONT)


Export = Callable[..., Exported]


@pytest.fixture
def export(settings: Settings, store: Store, tmp_path: Path) -> Export:
    """Exports for_you as JSON lines to lists.jsonl, unless told otherwise."""

    def run(without: frozenset[str] = frozenset(), shop_url: str | None = FRONT, **plan: object) -> Exported:
        fields = {"placement": "for_you", "n": 2, "n_spares": 2, "at_least": 1, **plan}
        planned = ExportPlan(**fields)  # type: ignore[arg-type]
        target = Target(
            tmp_path / "lists.jsonl",
            FORMATS["jsonl"](),
            Layout(planned.n, planned.n_spares, has_offers=planned.has_offers),
            1,
        )
        told = settings.model_copy(update={"shop_url": shop_url})
        return Exporting(told, NO_RULES, planned, target, without).run()

    return run
