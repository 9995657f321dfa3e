import pytest

from recsvc.settings.redis_address import RedisAddress


def test_an_address_of_one_server_says_where_it_is_and_as_whom() -> None:
    address = RedisAddress.parse("redis://recsvc:p%40ss@cache.example:6380/2")
    assert address == RedisAddress((("cache.example", 6380),), db=2, username="recsvc", password="p@ss")  # noqa: S106


def test_a_password_alone_and_no_port_are_as_they_were() -> None:
    address = RedisAddress.parse("redis://:secret@localhost")
    assert (address.hosts, address.username, address.password) == ((("localhost", 6379),), None, "secret")


def test_sentinels_are_named_one_after_the_other() -> None:
    address = RedisAddress.parse("redis+sentinel://u:p@one,two:26380,[::1]:5/main/3?sentinel_password=s")
    assert address.hosts == (("one", 26379), ("two", 26380), ("::1", 5))
    assert (address.master_name, address.db, address.sentinel_password) == ("main", 3, "s")


def test_a_unix_socket_has_a_path() -> None:
    address = RedisAddress.parse("unix:///run/redis/redis.sock?db=1")
    assert (address.path, address.db, address.hosts) == ("/run/redis/redis.sock", 1, ())


def test_options_of_tls_are_those_of_the_library() -> None:
    tls = RedisAddress.parse("rediss://h?ssl_ca_certs=/ca.pem&ssl_check_hostname=false").tls
    assert tls == {"ssl_ca_certs": "/ca.pem", "ssl_check_hostname": False}
    assert RedisAddress.parse("redis://h").tls is None


def test_no_password_is_shown() -> None:
    address = RedisAddress.parse(
        "rediss+sentinel://u:secret1@h/m?sentinel_password=secret2&ssl_password=secret3"
    )
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://h", "must begin with redis://"),
        ("redis+cluster://h", "must begin with redis://"),
        ("redis://secret@h:x", "is not a URL"),
        ("redis://:secret@h/abc", "names the database 'abc'"),
        ("redis://:secret@h1,h2", "several servers: say redis\\+sentinel://"),
        ("redis+sentinel://:secret@h1,h2", "must name the sentinels and what they call the server"),
        ("redis+sentinel:///mymaster", "must name the sentinels"),
        ("redis://:secret@h?ssl_ca_certs=/ca.pem", "ssl_ca_certs, which needs rediss://"),
        ("redis://:secret@h?decode_responses=true", "'decode_responses', of which nothing is known; known are db"),
        ("redis://:secret@h?sentinel_password=secret", "'sentinel_password', of which nothing is known"),
        ("rediss://:secret@h?ssl_cert_reqs=maybe", "must be required, optional or none"),
        ("rediss://:secret@h?ssl_check_hostname=maybe", "must be true or false"),
        ("unix://host/path", "is not a URL"),
        ("unix://", "is not a URL"),
        ("redis://:secret@h?db", "is not a URL"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        RedisAddress.parse(url)
    assert "secret" not in str(refused.value)
