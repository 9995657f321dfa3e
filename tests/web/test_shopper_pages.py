"""The service desk: what it sees of a shopper, and what it does for them."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from support.load import wait_for
from support.models import release, small_model
from support.pages import send
from support.rhythms import order_days, renewals

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.connect.privacy_requests import PrivacyRequest, PrivacyRequests, Wish
from recsvc.model.registry import Registry
from recsvc.moments.rhythm import Rhythms
from recsvc.outcomes.experiment import Experiment, Variant, VariantKind
from recsvc.serving.described_experiments import as_json
from recsvc.store.api_keys import Scope
from recsvc.store.event import DAY_US
from recsvc.store.experiments import StoredExperiment
from recsvc.store.offers import Decision, Proposal
from recsvc.store.store import Store
from training.moments.learning import learn_shop_rhythm

ADA = "/console/shoppers?id=ada"
HOSTILE = "<script>alert(1)</script>\"'&"


def buy(client: FlaskClient, item_id: str, user_id: str = "ada", **fields: object) -> None:
    event = {"type": "purchase", "user_id": user_id, "item_id": item_id, **fields}
    assert client.post("/v1/events", json=event).status_code == 202


def test_a_shopper_is_shown_with_what_they_bought_and_are_offered(anybody: FlaskClient) -> None:
    buy(anybody, "jam", unit_price=2.5, order_id="A1")
    page = " ".join(anybody.get(ADA).text.split())
    assert "3 orders taught the live version" in page
    assert 'Jam</a><p class="small muted">1 order, last on' in page
    assert 'Tea</a><p class="small muted">3 orders, last on 31 Dec 2025</p>' in page
    for title in ("For you", "Something new", "Buy again"):
        assert f"{title} <span" in page
    assert "You bought “" in page
    assert "€2.50" in page
    assert "<td>A1</td>" in page


def test_requests_for_data_are_shown_to_who_may_answer_them_until_they_are_done(
    signed_in: Callable[..., FlaskClient], stored: Store
) -> None:
    requests = PrivacyRequests("shopify", stored.platform)
    requests.add(PrivacyRequest("42", Wish.DATA, 0, ("ada@shop.example", HOSTILE)))
    requests.add(PrivacyRequest("shop-1970-01-02", Wish.SHOP, 1))
    desk = signed_in(Scope.SUPPORT)
    page = desk.get("/console/shoppers").text
    assert "31 Jan 1970" in page
    assert 'href="/console/shoppers?id=ada%40shop.example">ada@shop.example</a>' in page
    assert "<script>alert" not in page
    assert "The app was uninstalled" in page
    other = signed_in(Scope.MERCHANDISE)
    assert send(other, "/console/shoppers/answered", number="42").status_code == 403
    assert send(desk, "/console/shoppers/answered", number="42").status_code == 303
    assert "ada@shop.example" not in desk.get("/console/shoppers").text
    assert send(desk, "/console/shoppers/answered", number="42").status_code == 404
    changes = signed_in(Scope.ADMIN).get("/console/changes").text
    assert "answered the request for privacy 42" in " ".join(changes.split())


def test_ids_and_titles_of_any_kind_are_text_and_nothing_else(anybody: FlaskClient, stored: Store) -> None:
    item = Item("tea", HOSTILE, "javascript:alert(1)", "javascript:alert(1)", 1.0, (HOSTILE,))
    stored.catalogue.put([replace(item, attributes={HOSTILE: HOSTILE}, group_id=HOSTILE)])
    buy(anybody, "tea", user_id=HOSTILE, order_id=HOSTILE)
    for address in (
        "/console/shoppers", "/console/shoppers/events", "/console/shoppers/erase",
        "/console/items", "/console/shoppers/why", "/console/shoppers/merge",
    ):  # fmt: skip
        shown = anybody.get(
            address, query_string={"id": HOSTILE, "q": HOSTILE, "item": "tea", "from": HOSTILE}
        )
        assert shown.status_code == 200, address
        assert "<script>alert" not in shown.text, address
        assert "&lt;script&gt;" in shown.text, address
    for address in ("/console/items/item?id=tea", "/console/picture/tea.svg", ADA):
        shown = anybody.get(address)
        assert "<script>alert" not in shown.text
        assert "javascript:" not in shown.text
    assert anybody.get("/console/picture/%3Cscript%3E.svg").mimetype == "image/svg+xml"
    assert "<script>" not in anybody.get("/console/picture/%3Cscript%3E.svg").text


def test_nobody_is_told_to_be_somebody(anybody: FlaskClient) -> None:
    page = anybody.get("/console/shoppers?id=stranger").text
    assert "Nothing is known of this shopper" in page
    assert "ore customers buy it" in page
    assert "othing else that fits was left" not in page, (
        "the list of a stranger is what sells, and not filled up"
    )
    assert anybody.get("/console/shoppers?id=").status_code == 200
    assert anybody.get(f"/console/shoppers?id={'x' * 257}").status_code == 422
    assert anybody.get("/console/shoppers?id=a%00b").status_code == 422
    assert anybody.get("/console/shoppers?id=%ED%A0%80").status_code == 400


def test_why_and_why_not_are_told_in_the_words_for_the_shopper(
    anybody: FlaskClient, client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    page = anybody.get("/console/shoppers/why?id=ada&item=cake&placement=for_you").text
    assert "“Cake” is number" in page
    assert "Why it is there" in page
    page = anybody.get("/console/shoppers/why?id=ada&item=milk&placement=discover").text
    assert "Why it is not there" in page
    assert "because you bought it before" in page
    german = client_of(registry.directory, language="de")
    assert 'lang="de"' in german.get("/console/shoppers/why?id=ada&item=cake").text
    assert anybody.get("/console/shoppers/why?id=ada").status_code == 422
    assert anybody.get("/console/shoppers/why?id=ada&item=cake&placement=nowhere").status_code == 422


def test_without_a_model_the_page_still_has_what_is_stored(
    client_of: Callable[..., FlaskClient], tmp_path: object
) -> None:
    (tmp_path / "models").mkdir()
    client = client_of(tmp_path / "models", log_level="error")
    buy(client, "jam")
    page = client.get(ADA)
    assert page.status_code == 200
    assert "There is no model yet" in page.text
    assert ">jam</a>" in page.text
    assert client.get("/console").status_code == 200
    assert client.get("/console/shoppers/why?id=ada&item=jam").status_code == 503
    assert client.get("/console/picture/jam.svg").status_code == 200


def test_an_erasure_asks_twice_and_leaves_a_receipt_without_the_id(
    anybody: FlaskClient, stored: Store
) -> None:
    buy(anybody, "jam", user_id="Ada@shop.test", session_id="visit-1")
    form = "/console/shoppers/erase?id=ada@shop.test"
    assert "Write the id once more" in anybody.get(form).text
    wrong = send(anybody, "/console/shoppers/erase", form, id="ada@shop.test", again="bob")
    assert wrong.status_code == 422
    assert "nothing was erased" in wrong.text
    assert len(stored.events.since()) == 1
    with capture_logs() as logs:
        done = send(anybody, "/console/shoppers/erase", form, id="ada@shop.test", again=" ADA@shop.test ")
    assert done.status_code == 303
    assert len(stored.events.since()) == 0
    receipt = anybody.get(done.headers["Location"])
    assert "<dt>Events deleted</dt><dd>1</dd>" in receipt.text
    assert "ada@shop.test" not in receipt.text
    entry = stored.audit.newest(1)[0]
    assert entry.action == "shopper-erased"
    assert "ada@" not in json.dumps([entry.subject, entry.body, *map(str, logs)]).lower()
    assert "was erased" in anybody.get("/console/shoppers?id=ada@shop.test").text
    number = done.headers["Location"].rpartition("/")[2]
    for other in (int(number) + 1, 0, 2**63, "9" * 4000):
        assert anybody.get(f"/console/shoppers/receipt/{other}").status_code == 404


def test_a_session_is_joined_once_it_was_confirmed(anybody: FlaskClient, stored: Store) -> None:
    event = {"type": "view", "session_id": "visit", "item_id": "saw"}
    assert anybody.post("/v1/events", json=event).status_code == 202
    form = "/console/shoppers/merge?id=ada&kind=session&from=visit"
    assert "This cannot be taken back" in anybody.get(form).text
    assert stored.users.merges() == []
    done = send(anybody, "/console/shoppers/merge", form, id="ada", kind="session", **{"from": "visit"})
    assert done.status_code == 303
    assert [merge.from_id for merge in stored.users.merges()] == ["visit"]
    assert ">Saw</a>" in anybody.get(done.headers["Location"]).text
    assert stored.audit.newest(1)[0].body == {"events": 1}
    again = send(anybody, "/console/shoppers/merge", form, id="ada", kind="user", **{"from": "ada"})
    assert again.status_code == 422, "an account cannot be joined to itself"


def test_the_export_is_that_of_the_interface(anybody: FlaskClient, stored: Store) -> None:
    buy(anybody, "jam", order_id="A1")
    with closing(
        send(anybody, "/console/shoppers/export", "/console/shoppers/erase?id=ada", id="ada")
    ) as copy:
        assert copy.headers["Content-Disposition"] == 'attachment; filename="shopper.json"'
        assert copy.json == anybody.get("/v1/users/ada").json
    assert stored.audit.newest(1)[0].action == "shopper-exported"
    nothing = send(anybody, "/console/shoppers/export", "/console/shoppers/erase?id=ada", id="stranger")
    assert nothing.status_code == 404


@pytest.mark.parametrize(
    ("scope", "looks", "changes"),
    [(Scope.SUPPORT, 200, 303), (Scope.MERCHANDISE, 403, 403), (Scope.ADMIN, 200, 303)],
)
def test_the_desk_alone_sees_shoppers(
    signed_in: Callable[..., FlaskClient], scope: Scope, looks: int, changes: int
) -> None:
    client = signed_in(scope)
    for address in (ADA, "/console/shoppers/why?id=ada&item=cake", "/console/shoppers/erase?id=ada"):
        assert client.get(address).status_code == looks, address
    erased = send(client, "/console/shoppers/erase", id="ada", again="ada")
    assert erased.status_code == changes


def test_earlier_changes_are_shown_beside_the_shopper(anybody: FlaskClient) -> None:
    buy(anybody, "jam")
    send(anybody, "/console/shoppers/export", "/console/shoppers/erase?id=ada", id="ada")
    assert "Done before" in anybody.get(ADA).text
    assert "exported what is held on shopper" in anybody.get("/console/changes").text


def test_a_list_that_is_held_out_says_so(anybody: FlaskClient, stored: Store) -> None:
    variants = (
        Variant("control", 0.0001, VariantKind.CONTROL), Variant("none", 0.9999, VariantKind.HOLD_OUT),
    )  # fmt: skip
    body = as_json(Experiment("spring", "for_you", variants, 0))
    stored.experiments.put(StoredExperiment("spring", body, 0), lambda _: None)
    deadline = time.monotonic() + 10
    while "Nothing, on purpose" not in (page := anybody.get(ADA).text):
        assert time.monotonic() < deadline, page
        time.sleep(0.1)
    assert '<a href="/console/experiments/spring">spring</a>' in page
    why = anybody.get("/console/shoppers/why?id=ada&item=tea").text
    assert "because we show that list to some customers only" in why
    assert "The shopper is in the hold-out of the experiment spring" in why


def test_the_next_order_stands_on_the_page_as_a_sentence(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    shop = learn_shop_rhythm(order_days(renewals(120, 200.0), 200.0), seed=1)
    known = Rhythms.first_orders().after(np.asarray([30.0])).columns(np.asarray([1.0]))
    rhythm = np.repeat(known, 4, axis=0)
    registry.publish(replace(small_model(), user_rhythm=rhythm, moments=shop.to_text()), release("2"))
    browser = client_of(registry.directory)
    buy(browser, "tea")
    page = " ".join(browser.get(ADA).text.split())
    assert "Orders about every" in page
    assert "the next order is likely between" in page or "at the earliest" in page
    assert "not due yet, last ordered today." in page


def test_where_no_rhythm_is_learned_the_page_says_why(anybody: FlaskClient) -> None:
    buy(anybody, "tea")
    assert (
        "When the next order comes is not known: the live version was trained before" in anybody.get(ADA).text
    )


def test_an_offer_that_stands_is_on_the_page_and_looking_decides_nothing(
    anybody: FlaskClient, stored: Store
) -> None:
    body = {"title": "Free shipping", "cost": 4.9, "code": "SHIP48"}
    assert anybody.put("/v1/benefits/ship", json=body).status_code == 201
    assert "Offered until" not in anybody.get(ADA).text
    assert stored.offers.of_user("ada") == []
    made = Decision("0" * 32, "ada", "ship", False, "", 0.6, 4.9, now_us(), now_us() + 14 * DAY_US)
    stored.offers.record([Proposal(made, None, made)], 0)
    assert "“Free shipping”, with the code SHIP48." in anybody.get(ADA).text
    assert "Free shipping" not in anybody.get("/console/shoppers?id=bob").text
    assert anybody.put("/v1/users/ada/profiling", json={"allowed": False}).status_code == 200
    assert wait_for(lambda: "Free shipping" not in anybody.get(ADA).text)
