import time

from recsvc.cache.breaker import Breaker


def test_a_closed_breaker_lets_calls_through() -> None:
    breaker = Breaker(60)
    assert breaker.allows()
    assert not breaker.succeeded()


def test_after_a_failure_no_call_goes_through_until_the_pause_is_over() -> None:
    breaker = Breaker(0.05)
    assert breaker.failed()
    assert not breaker.allows()
    time.sleep(0.06)
    assert breaker.allows()


def test_when_the_pause_is_over_only_one_caller_may_try() -> None:
    breaker = Breaker(0.05)
    breaker.failed()
    time.sleep(0.06)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_success_closes_it_and_says_that_it_was_open() -> None:
    breaker = Breaker(0)
    breaker.failed()
    assert breaker.succeeded()
    assert not breaker.is_open
    assert breaker.allows()


def test_only_the_first_of_several_failures_is_news() -> None:
    breaker = Breaker(60)
    assert [breaker.failed(), breaker.failed()] == [True, False]
