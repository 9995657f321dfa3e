"""Whole exports, by processes of their own."""

import json
import shutil
from pathlib import Path

import pytest
from mailing.conftest import Export
from support.models import release, small_model

from recsvc.clock import to_text
from recsvc.errors import RulesError, SettingsError
from recsvc.mailing.parts_folder import PartsFolder
from recsvc.model.registry import Registry
from recsvc.store.benefits import StoredBenefit
from recsvc.store.store import Store


def exported(tmp_path: Path) -> list[str]:
    return [json.loads(line)["user_id"] for line in (tmp_path / "lists.jsonl").read_text().splitlines()]


def test_everyone_has_a_row_and_the_store_keeps_their_lists(
    export: Export, tmp_path: Path, store: Store
) -> None:
    done = export()
    assert (done.n_rows, done.n_shoppers, done.n_before, dict(done.left_out)) == (4, 4, 0, {})
    assert exported(tmp_path) == ["ada", "ann", "ben", "bob"]
    assert set(store.mailed.shown_lately(["ada", "bob"], 1)) == {"ada", "bob"}
    assert [path.name for path in tmp_path.iterdir() if "lists" in path.name] == ["lists.jsonl"]


def test_a_trial_keeps_nothing(export: Export, store: Store) -> None:
    export(is_trial=True)
    assert store.mailed.shown_lately(["ada"], 1) == {}


def test_only_the_segment_has_rows_and_nobody_who_was_left_out_merged_or_erased(
    export: Export, tmp_path: Path, store: Store
) -> None:
    store.users.merge("user", "bob", "ada", 1)
    store.users.erase("ben", 2)
    done = export(without=frozenset({"ann", "nobody"}))
    assert (done.n_rows, done.left_out, done.n_strangers) == (1, {"merged": 1, "named": 1, "erased": 1}, 1)
    assert exported(tmp_path) == ["ada"]


def test_who_is_named_by_an_id_of_before_is_left_out(export: Export, tmp_path: Path, store: Store) -> None:
    store.users.merge("user", "old", "ada", 1)
    done = export(without=frozenset({"old"}))
    assert (exported(tmp_path), done.n_strangers) == (["ann", "ben", "bob"], 0)


def test_who_asked_not_to_be_profiled_has_no_row(export: Export, tmp_path: Path, store: Store) -> None:
    store.objections.say("ada", 1, objects=True)
    assert export().left_out == {"objecting": 1}
    assert exported(tmp_path) == ["ann", "ben", "bob"]


def test_an_export_goes_on_where_it_ended(
    export: Export, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts are there, and it ends before the file is: then one shopper is erased."""

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PartsFolder, "rows", ended)
        with pytest.raises(KeyboardInterrupt):
            export()
    assert not (tmp_path / "lists.jsonl").exists()
    assert store.mailed.shown_lately(["ada"], 1) == {}, "it was no mail yet"
    store.users.erase("ada", 5)
    with pytest.raises(SettingsError, match="another n"):
        export(n=3)
    done = export()
    assert (done.n_before, done.n_rows, dict(done.left_out)) == (4, 3, {"erased": 1})
    assert exported(tmp_path) == ["ann", "ben", "bob"]
    with pytest.raises(SettingsError, match="is there already"):
        export()


def test_an_export_by_a_version_that_is_gone_is_begun_anew(
    export: Export, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PartsFolder, "write", ended)
        with pytest.raises(KeyboardInterrupt):
            export()
    registry.publish(small_model(), release("2"))
    shutil.rmtree(registry.directory / "1")
    with pytest.raises(
        SettingsError, match=r"by the version 1, which is not there any more: delete the folder"
    ):
        export()


@pytest.mark.parametrize(
    ("plan", "error", "said"),
    [
        ({"segment": 'mood = "good"'}, RulesError, "a segment may ask for orders"),
        ({"segment": 'state = "due"'}, SettingsError, "the state of shoppers is not known"),
        ({"placement": "similar"}, SettingsError, "does not depend on the shopper alone"),
        ({"n_spares": 9}, SettingsError, "--spares must be 0..5"),
        ({"at_least": 3}, SettingsError, "--at-least must be 1..2"),
        ({"not_in_last": 251}, SettingsError, "at most 250 mails"),
        ({"is_trial": True, "link_base": "https://a.example"}, SettingsError, "--trial"),
        ({"is_trial": True, "has_offers": True}, SettingsError, "promised to nobody"),
        ({"link_base": "https://a.example", "shop_url": None}, SettingsError, "RECSVC_SHOP_URL"),
        ({"shop_url": "https://other.example"}, None, ""),
    ],
)
def test_what_cannot_be_exported_is_refused_with_the_remedy(
    export: Export, tmp_path: Path, plan: dict[str, object], error: type[Exception] | None, said: str
) -> None:
    if error is None:
        assert export(**plan).n_rows == 4
        return
    with pytest.raises(error, match=said.replace(".", r"\.")):
        export(**plan)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("lists")], "nothing is left of it"


def test_a_catalogue_without_links_is_refused_with_the_remedy(export: Export, store: Store) -> None:
    for item_id in ("cake", "hammer", "jam", "milk", "nails", "saw", "tea"):
        store.catalogue.patch(item_id, {"url": None})
    with pytest.raises(SettingsError, match="--needs"):
        export()


def offered(tmp_path: Path) -> dict[str, str]:
    rows = [json.loads(line) for line in (tmp_path / "lists.jsonl").read_text().splitlines()]
    return {row["user_id"]: row["offer_code"] for row in rows if row["offer_title"]}


def put_gift(store: Store, **fields: object) -> None:
    gift = {"title": "A gift", "cost": 0, "code": "GIFT", "url": "https://shop.example/gift"}
    store.benefits.put(StoredBenefit("gift", {**gift, **fields}, 1), 50)


def test_each_row_has_what_is_offered_to_its_shopper_and_that_is_promised(
    export: Export, tmp_path: Path, store: Store
) -> None:
    put_gift(store)
    store.objections.say("bob", 1, objects=True)
    done = export(has_offers=True)
    found = offered(tmp_path)
    decided = store.offers.newest(["ada", "ann", "ben", "bob"], 0)
    assert decided.keys() == {"ada", "ann", "ben"}
    assert found.keys() == {user for user, one in decided.items() if one.benefit == "gift"}
    assert (done.n_offers, set(found.values()) <= {"GIFT"}) == (len(found), True)
    for line in (tmp_path / "lists.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert list(row)[2:6] == ["offer_title", "offer_code", "offer_url", "offer_valid_until"]
        if row["offer_title"]:
            assert row["offer_url"] == "https://shop.example/gift"
            assert row["offer_valid_until"] == to_text(decided[row["user_id"]].expires_at_us)


def test_an_offer_leads_nowhere_but_to_the_shop(export: Export, tmp_path: Path, store: Store) -> None:
    put_gift(store, url="https://other.example/gift")
    export(has_offers=True)
    rows = [json.loads(line) for line in (tmp_path / "lists.jsonl").read_text().splitlines()]
    assert {row["offer_url"] for row in rows} == {None}


def test_an_export_that_goes_on_decides_nothing_twice_and_keeps_the_budget(
    export: Export, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends after the decisions, before the part is written."""
    put_gift(store, cost=5, budget=5)

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PartsFolder, "write", ended)
        with pytest.raises(KeyboardInterrupt):
            export(has_offers=True)
    users = ["ada", "ann", "ben", "bob"]
    before = store.offers.newest(users, 0)
    assert before.keys() == set(users)
    export(has_offers=True)
    assert store.offers.newest(users, 0) == before
    assert all(len(store.offers.of_user(user)) == 1 for user in users)
    assert len(offered(tmp_path)) <= 1


def test_without_offers_nothing_is_decided(export: Export, tmp_path: Path, store: Store) -> None:
    put_gift(store)
    export()
    assert store.offers.newest(["ada", "ann", "ben", "bob"], 0) == {}
    assert "offer_title" not in json.loads((tmp_path / "lists.jsonl").read_text().splitlines()[0])
