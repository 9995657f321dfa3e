import base64

import pytest
from pydantic import ValidationError

from recsvc.settings.settings import Settings
from recsvc.settings.webhooks import KINDS, signing_key
from recsvc.webhooks.occasion import Kind

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


def test_the_kinds_are_those_that_are_sent() -> None:
    assert set(KINDS) == set(Kind)


@pytest.mark.parametrize(
    "url",
    ["https://crm.shop.example/hook?x=1", "http://127.0.0.1:8899/", "http://[::1]:1/", "http://localhost/"],
)
def test_an_address_is_encrypted_or_of_this_machine(url: str) -> None:
    settings = Settings(webhooks_url=url, webhooks_secret=SECRET)
    assert settings.webhook_keys == (b"k" * 32,)
    assert "crm" not in repr(settings)
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    "url",
    ["http://crm.shop.example/", "ftp://127.0.0.1/", "https://user:pass@shop.example/", "https://", "https://a b/",
     "http://127.0.0.1.evil.example/", "https://shop.example\\@evil.example/", "https://shop.example/#x", "//shop/"],
)  # fmt: skip
def test_no_other_address_is_taken(url: str) -> None:
    with pytest.raises(ValidationError, match=r"must be like https://crm\.shop\.example/recsvc"):
        Settings(webhooks_url=url, webhooks_secret=SECRET)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", base64.b64encode(b"k" * 32).decode(), "whsec_ümlaut"]
)
def test_a_weak_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="recsvc webhooks secret") as refused:
        signing_key(secret)
    assert len(secret) < 10 or secret not in str(refused.value)


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(ValidationError, match="needs RECSVC_WEBHOOKS_SECRET"):
        Settings(webhooks_url="https://crm.shop.example/")


def test_both_secrets_sign_while_one_replaces_the_other() -> None:
    old = "whsec_" + base64.b64encode(b"o" * 24).decode()
    assert Settings(webhooks_secret=SECRET, webhooks_old_secret=old).webhook_keys == (b"k" * 32, b"o" * 24)


def test_kinds_that_there_are_not_are_named() -> None:
    assert Settings(webhooks_kinds="shopper.due, shopper.late").webhooks_kinds == (
        "shopper.due",
        "shopper.late",
    )
    with pytest.raises(ValidationError, match=r"got item\.sold"):
        Settings(webhooks_kinds="item.sold")
