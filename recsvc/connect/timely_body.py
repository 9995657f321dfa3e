"""The body of an answer, which must come in time as a whole: a byte a minute is no answer."""

import time
from collections.abc import Callable, Iterator

import requests
from urllib3.exceptions import HTTPError

_BLOCK_BYTES = 2**16


def timely_blocks(response: requests.Response, seconds_for: Callable[[int], float]) -> Iterator[bytes]:
    """Yield the body of a response that was asked for with ``stream``, as it comes.

    Args:
        response: whose body was not read yet.
        seconds_for: returns how long so many bytes may take.

    Raises requests.RequestException, also where it takes longer.
    """
    begun, n_bytes = time.monotonic(), 0
    try:
        # Unlike iter_content, this does not wait until a block is full.
        while block := response.raw.read1(_BLOCK_BYTES, decode_content=True):
            n_bytes += len(block)
            if time.monotonic() - begun > seconds_for(n_bytes):
                raise requests.Timeout("the answer comes too slowly")
            yield block
    except HTTPError as error:
        raise requests.ConnectionError(type(error).__name__) from None
