"""Classes of the plug-in that need no WordPress; ``deploy/woocommerce/try-plugin.sh`` tries the rest in a real one."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from recsvc.api.events import EventFields
from recsvc.connect.woocommerce.naming import Naming
from recsvc.ranking.query import Placement

Call = Callable[..., list[Any]]


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://recsvc.example", ""),
        ("https://recsvc.example:8443/shop", ""),
        ("http://127.0.0.1:8000", ""),
        ("http://localhost:8000", ""),
        ("http://[::1]:8000", ""),
        ("http://recsvc.example", "use https"),
        ("http://127.0.0.1.evil.example", "use https"),
        ("http://127-0-0-1", "use https"),
        ("http://recsvc:8000", "RECSVC_ALLOW_HTTP"),
        ("recsvc.example", "must be like https://"),
        ("ftp://recsvc.example", "must be like https://"),
        ("https://", "must be like https://"),
        ("https://me:secret@recsvc.example", "no user name"),
        ("https://recsvc.example?key=rk_1", "no user name"),
    ],
)
def test_the_key_goes_to_good_addresses_alone(call: Call, address: str, problem: str) -> None:
    (found,) = call("Address", "problem", [address])
    assert problem in found if problem else not found


def test_a_private_network_may_be_crossed_in_the_clear_where_the_shop_says_so(call: Call) -> None:
    assert call("Address", "problem", ["http://recsvc:8000", True]) == [""]


@pytest.mark.parametrize("item_by", ["sku", "id"])
def test_products_have_the_names_that_the_connector_gives_those_of_orders(call: Call, item_by: Any) -> None:
    cases = [("A1", 7), ("", 7), ("  ", 8), (" 0042 ", 9)]
    found = call(
        "Naming",
        "item_of",
        *([{"saying": {"get_sku": sku, "get_id": number}}] for sku, number in cases),
        of=["email", item_by],
    )
    assert found == [Naming(item_by=item_by).item_of(sku, number) for sku, number in cases]


@pytest.mark.parametrize("user_by", ["email", "customer_id"])
def test_buyers_have_the_names_that_the_connector_gives_them(call: Call, user_by: Any) -> None:
    cases = [(0, "a@b.example", ""), (5, "a@b.example", "123"), (5, "", "123"), (5, "", ""), (0, "", "")]
    found = call(
        "Naming",
        "user_of_order",
        *(
            [{"saying": {"get_customer_id": number, "get_billing_email": email, "get_billing_phone": phone}}]
            for number, email, phone in cases
        ),
        of=[user_by, "sku"],
    )
    orders: list[dict[str, Any]] = [
        {"customer_id": number, "billing": {"email": email, "phone": phone}} for number, email, phone in cases
    ]
    assert found == [Naming(user_by=user_by).user_of(order) for order in orders]


def test_a_consent_plugin_decides_before_the_setting(call: Call) -> None:
    settings = ("nobody", "customers", "everybody")
    asked = [
        [said, one, customer] for said in (True, False) for one in settings for customer in (True, False)
    ]
    assert call("Consent", "decide", *asked) == [said for said, _, _ in asked]


def test_without_a_consent_plugin_customers_are_recognised_and_guests_only_where_it_is_set(
    call: Call,
) -> None:
    asked = [
        [None, "nobody", True],
        [None, "customers", True],
        [None, "customers", False],
        [None, "everybody", False],
    ]
    assert call("Consent", "decide", *asked) == [False, True, False, True]


def test_a_visit_is_known_by_a_cookie_that_this_shop_wrote(call: Call) -> None:
    now = int(time.time())
    (cookie,) = call("Visit", "write", ["c0ffee", now + 60, "salt"])
    other = cookie.replace("c0ffee", "c0ffef")
    later = cookie.replace(str(now + 60), str(now + 6000))
    asked = [[cookie, now, "salt"], [cookie, now + 61, "salt"], [cookie, now, "another salt"]]
    asked += [[text, now, "salt"] for text in (other, later, "", "c0ffee", "a.b.c", f"c0ffee.{now + 60}.")]
    assert call("Visit", "read", *asked) == ["c0ffee", *[None] * (len(asked) - 1)]


def test_the_placements_are_those_of_the_service(call: Call) -> None:
    wishes = [[{"placement": str(one)}, 5] for one in Placement]
    assert [found["placement"] for found in call("Wish", "of", *wishes)] == [
        {"name": str(one)} for one in Placement
    ]


def test_a_wish_is_held_within_bounds(call: Call) -> None:
    given: dict[str, Any] = {
        "placement": "my-own",
        "n": "500",
        "columns": -1,
        "heading": ["x"],
        "product": "-3",
    }
    (found,) = call("Wish", "of", [given])
    assert found == {
        "placement": {"name": "my-own"},
        "n": 24,
        "columns": 1,
        "heading": "",
        "product_id": 0,
    }


def test_what_cannot_be_a_wish_is_none(call: Call) -> None:
    asked: list[dict[str, Any]] = [{"placement": "A b"}, {"placement": "for_you\n"}, {"placement": "similar"}]
    assert call("Wish", "of", *([one] for one in asked)) == [None] * 3


def test_what_a_page_tells_is_an_event_that_the_service_takes(call: Call) -> None:
    told = {"type": "impression", "item": "SK 1", "list": "AVE", "position": 3, "seen": True, "user_id": "x"}
    (found,) = call("Event", "told", [told, ["impression", "click"]])
    event = EventFields.model_validate({**found, "session_id": "visit"})
    assert (event.type, event.item_id, event.recommendation_id) == ("impression", "SK 1", "AVE")
    assert (event.position, event.seen, event.user_id) == (3, True, None)


@pytest.mark.parametrize(
    "change",
    [{"type": "purchase"}, {"item": ""}, {"item": "x" * 257}, {"item": "a\0"}, {"list": None}, {"item": 5}],
)
def test_a_page_cannot_tell_anything_else(call: Call, change: dict[str, Any]) -> None:
    told = {"type": "click", "item": "SK 1", "list": "AVE", "position": 1, **change}
    assert call("Event", "told", [told, ["impression", "click"]]) == [None]


def test_an_answer_that_is_no_json_is_none(call: Call) -> None:
    (found,) = call("Answer", "read", [200, "<html>"])
    assert found["status"] == 0
    assert "something else" in found["problem"]


def test_a_refusal_says_what_the_service_said(call: Call) -> None:
    (found,) = call("Answer", "read", [429, '{"detail": "too many"}', "7"])
    assert found == {
        "status": 429,
        "body": {"detail": "too many"},
        "problem": "The service answered 429. too many",
        "retry_after_seconds": 7,
    }


@pytest.mark.parametrize(
    ("status", "is_refusal"),
    [(200, False), (302, False), (404, False), (503, False), (400, True), (422, True)],
)
def test_what_the_service_read_and_refused_is_told_from_what_never_came_to_it(
    call: Call, status: int, is_refusal: bool
) -> None:
    assert call("Answer", "is_refusal", [], of=[status]) == [is_refusal]


def test_a_list_without_items_is_none(call: Call) -> None:
    full = {
        "recommendation_id": "AVE",
        "strategy": "personalized",
        "items": [{"item_id": "A"}, {"item_id": 5}, {}],
    }
    found = call("Recommendation", "of", [full], [{"items": []}], [{"items": "x"}], [None])
    assert found == [{"id": "AVE", "is_personal": True, "item_ids": ["A"]}, None, None, None]


def test_lists_are_read_by_their_names_and_what_is_none_is_left_out(call: Call) -> None:
    full = {"name": "1", "recommendation_id": "AVE", "items": [{"item_id": "A"}]}
    (found,) = call("Recommendation", "by_name", [[{"items": []}, "x", {"name": ["0"]}, full]])
    assert found == {"1": {"id": "AVE", "is_personal": False, "item_ids": ["A"]}}
    assert call("Recommendation", "by_name", [None], ["x"]) == [[], []]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"detail": [{"msg": "no"}], "title": "Bad"}, "Bad"),
        ({"detail": {"a": 1}}, ""),
        ({"title": ["Bad"]}, ""),
    ],
)
def test_a_refusal_that_says_no_text_is_told_by_its_status(
    call: Call, body: dict[str, Any], detail: str
) -> None:
    (found,) = call("Answer", "read", [422, json.dumps(body)])
    assert found["problem"] == f"The service answered 422. {detail}".strip()


@pytest.mark.parametrize(
    ("change", "proves"),
    [
        ({}, True),
        ({"get_transaction_id": ""}, False),  # cash on delivery, a cheque, a bank transfer
        ({"get_total": "0.00"}, False),  # a coupon for all of it
        ({"get_date_paid": None}, False),  # reserved, not taken
        ({"is_paid": False}, False),  # given back
    ],
)
def test_only_a_payment_that_a_provider_took_proves_an_address(
    call: Call, change: dict[str, Any], proves: bool
) -> None:
    paid = {
        "is_paid": True,
        "get_date_paid": "2026-11-30",
        "get_total": "0.01",
        "get_transaction_id": "ch_1",
        **change,
    }
    assert call("Naming", "is_captured", [{"saying": paid}]) == [proves]
