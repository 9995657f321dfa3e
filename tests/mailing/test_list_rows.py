"""Rows are the lists of the service, for whom and of what a mail may be."""

from collections import Counter

import pytest
from support.events import event

from recsvc.catalogue.item import Item
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.link_tokens import PURPOSE, LinkPlace, LinkTokens
from recsvc.mailing.list_rows import ERASED, TOO_SHORT, ListRows, Made
from recsvc.mailing.mail_row import MailItem
from recsvc.mailing.part_worker import opened
from recsvc.ranking.query import Query
from recsvc.rules.rule_book import NO_RULES
from recsvc.service import Service
from recsvc.settings.settings import Settings
from recsvc.store.mailed_lists import MailedList
from recsvc.store.store import Store

SHOPPERS = ["ada", "ann", "ben", "bob"]


def rows(settings: Settings, *user_ids: str, **plan: object) -> Made:
    planned = ExportPlan(**{"placement": "for_you", "n": 2, "n_spares": 2, "at_least": 1, **plan})  # type: ignore[arg-type]
    with opened(settings, NO_RULES, planned.needs, None) as found:
        return ListRows(found.live, found.shop, found.store, planned, found.items, settings).of(
            user_ids or SHOPPERS
        )


def ids(items: tuple[MailItem, ...]) -> list[str]:
    return [item.item_id for item in items]


def test_items_are_those_that_the_service_answers_and_spares_those_behind(
    settings: Settings, store: Store
) -> None:
    made = rows(settings, n=3)
    service = Service(settings)
    service.start()
    try:
        for row in made.rows:
            answer = service.lists.answer(Query(user_id=row.user_id, n=3))
            assert ids(row.items) == answer.item_ids
            longer = service.lists.answer(Query(user_id=row.user_id, n=5)).item_ids
            assert ids(row.items) + ids(row.spares) == longer
    finally:
        service.close()
    assert [row.user_id for row in made.rows] == SHOPPERS


def test_what_a_shopper_did_since_the_training_counts(settings: Settings, store: Store) -> None:
    [row] = rows(settings, "ada", n=7, n_spares=0).rows
    assert "jam" in ids(row.items)
    store.events.append([event("jam", 1, "dislike", user_id="ada")])
    [ada, bob] = rows(settings, "ada", "bob", n=7, n_spares=0).rows
    assert ("jam" in ids(ada.items), "jam" in ids(bob.items)) == (False, True)


def test_a_row_tells_what_the_catalogue_says_and_why(settings: Settings, store: Store) -> None:
    [row] = rows(settings, "ada", placement="discover", n=1).rows
    assert row.items == (
        MailItem(
            "cake", "Cake", "https://shop.example/cake", "https://cdn.example/cake.png", 2.5, "because_you_bought",
            "you bought “Tea” and “Milk”",
        ),
    )  # fmt: skip


def test_why_is_in_the_language_of_the_shop(settings: Settings, store: Store) -> None:
    [row] = rows(settings, "ada", placement="discover", n=1, language="de").rows
    assert row.items[0].why == "Sie „Tea“ und „Milk“ gekauft haben"


def test_what_is_sold_out_has_no_link_or_leads_elsewhere_is_in_no_mail(
    settings: Settings, store: Store
) -> None:
    everything = {item_id for row in rows(settings, n=7, n_spares=0).rows for item_id in ids(row.items)}
    assert everything >= {"tea", "jam", "saw", "milk"}
    store.catalogue.patch("tea", {"in_stock": False})
    store.catalogue.patch("jam", {"url": None})
    store.catalogue.patch("saw", {"url": "https://evil.example/"})
    store.catalogue.withdraw("milk", 1)
    made = rows(settings, n=7, n_spares=0)
    left = {item_id for row in made.rows for item_id in ids(row.items)}
    assert left == everything - {"tea", "jam", "saw", "milk"}


def test_an_item_that_the_catalogue_does_not_know_is_in_no_mail_that_needs_a_link(
    settings: Settings, store: Store
) -> None:
    store.catalogue.put([Item("cake", "Cake", "/cake")])
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM items WHERE item_id != 'cake'")
    assert {item_id for row in rows(settings).rows for item_id in ids(row.items)} == {"cake"}
    titled = rows(settings, needs=("title",))
    assert {item_id for row in titled.rows for item_id in ids(row.items)} > {"cake"}
    assert {item.title for row in titled.rows for item in row.items} >= {"Tea"}, "as the model knows it"


def test_who_would_get_too_few_items_has_no_row(settings: Settings, store: Store) -> None:
    made = rows(settings, placement="buy_again", n=2, at_least=2)
    assert made.left_out == Counter({TOO_SHORT: 1})  # ben bought one item
    assert [row.user_id for row in made.rows] == ["ada", "ann", "bob"]


def test_the_erased_have_no_row(settings: Settings, store: Store) -> None:
    store.users.erase("ada", 1)
    made = rows(settings)
    assert ([row.user_id for row in made.rows], made.left_out) == (
        ["ann", "ben", "bob"],
        Counter({ERASED: 1}),
    )


def test_nothing_that_the_last_mail_held_is_in_the_next(settings: Settings, store: Store) -> None:
    [first] = rows(settings, "ada").rows
    number = store.mailed.begin(1, 10**17)
    mailed = MailedList(b"12345678", "ada", "r", tuple(ids(first.items) + ids(first.spares)), 2)
    store.mailed.record(number, [mailed])
    store.mailed.finish(number, 2)
    [second] = rows(settings, "ada", not_in_last=1).rows
    assert not set(ids(second.items)) & set(ids(first.items))
    assert set(ids(second.items)) & set(ids(first.spares)), "spare ones were not shown"


def test_links_that_are_resolved_say_list_and_place(settings: Settings, store: Store) -> None:
    made = rows(settings, "ada", link_base="https://recs.example/shops/a")
    [row], [mailed] = made.rows, made.mailed
    tokens = LinkTokens(lambda: store.secret(PURPOSE))
    for place, item in enumerate(row.items, start=1):
        base, _, token = (item.link or "").rpartition("/r/")
        assert (base, tokens.read(token)) == (
            "https://recs.example/shops/a",
            LinkPlace(mailed.list_key, place),
        )
    assert mailed.item_ids == (*ids(row.items), *ids(row.spares))
    assert "ada" not in " ".join(item.link or "" for item in row.items)


def test_the_list_names_what_made_it(settings: Settings, store: Store) -> None:
    [row] = rows(settings, "ada").rows
    service = Service(settings)
    service.start()
    try:
        origin = service.shop.ids.origin_of(row.recommendation_id)
    finally:
        service.close()
    assert origin is not None
    assert (origin.placement, origin.model_version, len(origin.kinds)) == ("for_you", "1", 4)


@pytest.mark.parametrize("needs", [("picture",), ("price",)])
def test_a_mail_may_need_pictures_and_prices(
    settings: Settings, store: Store, needs: tuple[str, ...]
) -> None:
    store.catalogue.patch("tea", {"image_url": None, "price": None})
    assert "tea" not in {
        item_id for row in rows(settings, n=7, needs=needs).rows for item_id in ids(row.items)
    }
