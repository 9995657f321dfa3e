import pytest

from recsvc.errors import StoreError
from recsvc.mailing.link_tokens import TOKEN_LENGTH, LinkPlace, LinkTokens

TOKENS = LinkTokens(lambda: b"s" * 32)
PLACE = LinkPlace(b"12345678", 3)


def test_a_token_says_its_place_and_is_24_characters_of_a_url() -> None:
    token = TOKENS.write(PLACE)
    assert TOKENS.read(token) == PLACE
    assert len(token) == TOKEN_LENGTH == 24
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_no_altered_token_is_read() -> None:
    token = TOKENS.write(PLACE)
    for place in range(len(token)):
        for letter in "Aa0_":
            altered = token[:place] + letter + token[place + 1 :]
            assert altered == token or TOKENS.read(altered) is None


@pytest.mark.parametrize(
    "text", ["", "x", "A" * 23, "A" * 24, "A" * 25, "é" * 24, "=" * 24, "A" * 20 + "===="]
)
def test_what_was_not_written_here_is_none(text: str) -> None:
    assert TOKENS.read(text) is None


def test_a_token_of_another_shop_is_none() -> None:
    assert TOKENS.read(LinkTokens(lambda: b"t" * 32).write(PLACE)) is None


def test_the_secret_is_asked_for_until_it_is_told() -> None:
    answers: list[bytes] = []

    def secret() -> bytes:
        if not answers:
            raise StoreError("away")
        return answers[0]

    tokens = LinkTokens(secret)
    with pytest.raises(StoreError):
        tokens.write(PLACE)
    answers.append(b"s" * 32)
    assert tokens.write(PLACE) == TOKENS.write(PLACE)
