import pytest
from redis import AuthenticationError, ResponseError
from redis.connection import DefaultParser
from support.redis_proxy import ERRORS

from recsvc.cache.refusals import CONCERNS, Concern, concern_of


@pytest.mark.parametrize("said", ERRORS, ids=lambda said: said.decode()[:20])
def test_each_error_reply_concerns_what_the_table_says(said: bytes) -> None:
    text = said.decode()
    code = "WRONGTYPE" if "WRONGTYPE" in text else text.partition(" ")[0]
    assert concern_of(DefaultParser.parse_error(text)) is CONCERNS.get(code, Concern.COMMAND)


@pytest.mark.parametrize(
    ("error", "concern"),
    [
        (ResponseError("Command # 1 (HGET OOM) of pipeline caused error: WRONGTYPE no"), Concern.KEY),
        (ResponseError("value is not an integer or out of range"), Concern.KEY),
        (ResponseError("Error running script: @user_script: -OOM command not allowed"), Concern.WRITES),
        (AuthenticationError("no"), Concern.SERVER),
        (TypeError("'int' object is not iterable"), Concern.SERVER),
        (MemoryError(), Concern.SERVER),
    ],
)
def test_what_the_library_makes_of_it_is_told_apart(error: Exception, concern: Concern) -> None:
    assert concern_of(error) is concern
