"""Lists as they lie in Redis: deflated with a dictionary, a sixth of their size, and the same bytes when taken out."""

import zlib

_ITEMS = '"items":[{"item_id":"1","rank":1,"score":1.0,'
_REASONS = (
    '"source":"category","reason":{"type":"similar_to_item","item_ids":["',
    '"source":"trending","reason":{"type":"trending"}},{"item_id":"',
    '"source":"popular","reason":{"type":"popular"}},{"item_id":"',
    '"source":"co_purchase","reason":{"type":"bought_with_your_cart","item_ids":["',
    '"source":"repurchase","reason":{"type":"you_bought_this","last_days_ago":1}},{"item_id":"',
    '"source":"repurchase","reason":{"type":"you_buy_this_regularly","every_days":2,"last_days_ago":1}},{"item_id":"',
    '"source":"co_purchase","reason":{"type":"because_you_bought","item_ids":["',
    '"source":"als","reason":{"type":"because_you_bought","item_ids":["1","2","3"]}},{"item_id":"',
)
_RANKS = "".join(f'","rank":{rank},"score":0.' for rank in range(20, 1, -1))
_HEADS = (
    '"placement":"similar","strategy":"trending","placement":"bought_together","placement":"trending",'
    '"placement":"buy_again","placement":"discover",'
    '{"user_id":null,"recommendation_id":"","placement":"for_you","strategy":"personalized","model_version":"20',
)
_DICTIONARY = "".join((*_REASONS, _RANKS, *_HEADS, _ITEMS)).encode()
"""What lists have in common; what is not in it costs only space. Data deflated with another one is refused."""


def packed(value: bytes) -> bytes:
    """Return ``value`` as it is kept."""
    deflater = zlib.compressobj(zdict=_DICTIONARY)
    return deflater.compress(value) + deflater.flush()


def unpacked(kept: bytes) -> bytes | None:
    """Return what was packed; None for what is damaged, or not ours."""
    inflater = zlib.decompressobj(zdict=_DICTIONARY)
    try:
        value = inflater.decompress(kept)
    except zlib.error:
        return None
    return value if inflater.eof else None
