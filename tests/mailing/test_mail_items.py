"""What a mail says of items."""

import pytest
from support.models import small_model

from recsvc.catalogue.item import Item
from recsvc.mailing.mail_items import MailItems
from recsvc.mailing.shop_addresses import ShopAddresses


@pytest.mark.parametrize(
    ("said", "picture"),
    [
        ("https://cdn.example/tea.jpg", "https://cdn.example/tea.jpg"),
        ("//cdn.example/tea.jpg", "https://cdn.example/tea.jpg"),
        ("/tea.jpg", "https://shop.example/tea.jpg"),
        ("///tea.jpg", None),
        (None, None),
    ],
)
def test_a_picture_is_a_whole_address(said: str | None, picture: str | None) -> None:
    items = MailItems(small_model(), ShopAddresses.of("https://shop.example/"), ())
    assert items.picture(Item("tea", image_url=said)) == picture
