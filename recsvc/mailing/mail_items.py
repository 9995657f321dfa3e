"""What a mail says of items: their titles, links, pictures and prices."""

from collections.abc import Collection
from dataclasses import dataclass

from recsvc.catalogue.item import Item
from recsvc.mailing.shop_addresses import ShopAddresses
from recsvc.model.model import Model


@dataclass(frozen=True)
class Described:
    """What a mail says of an item, whoever it is for; None where it is not known."""

    title: str | None
    link: str | None
    picture: str | None
    price: float | None


NEEDS = ("title", "link", "picture", "price")


@dataclass(frozen=True)
class MailItems:
    """Says what can be told of items, and which can be in a mail.

    Attributes:
        model: knows titles that the catalogue lacks.
        addresses: of the shop; None where it has not said any: then links are as the catalogue has them.
        needs: what an item without which is in no mail, of ``NEEDS``.
    """

    model: Model
    addresses: ShopAddresses | None
    needs: Collection[str]

    def title(self, item_id: str, item: Item | None) -> str | None:
        """Return the title of the catalogue, else that of the model."""
        if item is not None and item.title:
            return item.title
        index = self.model.items.index_of(item_id)
        return None if index is None else self.model.titles[index] or None

    def link(self, item: Item | None) -> str | None:
        """Return the address of an item's page, where that is the shop's own."""
        return None if item is None else self.address(item.url)

    def address(self, url: str | None) -> str | None:
        """Return the address that ``url`` says, where that is the shop's own."""
        if not url:
            return None
        if self.addresses is not None:
            return self.addresses.own(url)
        return url if url.startswith(("https://", "http://")) else None

    def picture(self, item: Item | None) -> str | None:
        """Return the whole address of an item's picture; it may be on another site, as that of a CDN."""
        url = None if item is None else item.image_url
        if not url:
            return None
        if url.startswith("//") and not url.startswith(
            "///"
        ):  # as Shopify writes it: by the protocol of the page, of which a mail has none
            return f"https:{url}"
        if url.startswith(("https://", "http://")):
            return url
        return None if self.addresses is None else self.addresses.own(url)

    def described(self, item_id: str, item: Item | None) -> Described:
        """Return what a mail says of an item; ``item`` is that of the catalogue, if there is one."""
        price = None if item is None else item.price
        return Described(self.title(item_id, item), self.link(item), self.picture(item), price)

    def is_fit(self, item: Item) -> bool:
        """Return whether all is known of an item that a mail needs."""
        described = self.described(item.item_id, item)
        return all(getattr(described, name) is not None for name in self.needs)
