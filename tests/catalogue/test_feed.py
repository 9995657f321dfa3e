from pathlib import Path

import pytest

from recsvc.catalogue import feed
from recsvc.catalogue.feed import feed_items
from recsvc.errors import UnreadableExportError


def items(text: str) -> list[dict[str, str]]:
    return list(
        feed_items(Path("feed.xml"), iter([text.encode()[i : i + 7] for i in range(0, len(text), 7)]))
    )


def test_an_item_is_what_its_own_elements_say_and_a_prefix_comes_first() -> None:
    read = items(
        '<rss xmlns:g="g"><channel><title>Shop</title><item><title>A</title><g:title>B &amp; C</g:title>'
        "<g:shipping><g:price>4 EUR</g:price></g:shipping><g:price>9 EUR</g:price>"
        "<link>1</link><link>2</link></item></channel></rss>"
    )
    assert read == [{"title": "B & C", "shipping_price": "4 EUR", "price": "9 EUR", "link": "1 | 2"}]


def test_atom_and_plain_lists_are_read_too() -> None:
    assert items('<feed><entry><id>1</id><link href="https://a.example/"/></entry></feed>') == [
        {"id": "1", "link": "https://a.example/"}
    ]
    assert items('<products><product id="7"><name>Tea</name></product></products>') == [
        {"id": "7", "name": "Tea"}
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><rss><item><id>&b;</id></item></rss>', "document type or entities"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><rss/>', "document type or entities"),
        ("<rss><item><id>1</id>", "no XML that can be read"),
        ("<rss><item><id>&nothing;</id></item></rss>", "no XML that can be read"),
        ("<a>" * 40, "beyond 32 levels"),
        (f"<rss><item>{'<x>1</x>' * 3}</item></rss>", "more than 2 fields"),
        (f"<rss><item><x>{'1' * 50}</x></item></rss>", "beyond 40 characters"),
    ],
)  # fmt: skip
def test_what_a_feed_never_needs_is_refused(text: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_FIELDS", 2)
    monkeypatch.setattr(feed, "MAX_TEXT_LENGTH", 40)
    text = text.replace("<x>1</x>" * 3, "<x>1</x><y>1</y><z>1</z>")
    with pytest.raises(UnreadableExportError, match=told):
        items(text)
