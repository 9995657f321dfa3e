"""Who a browser is in the demo shop, and what lies in its cart: a signed cookie, and nothing on the server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

COOKIE, COOKIE_PATH = "recsvc_demo", "/demo"
MAX_COOKIE_LENGTH = 3800
"""Browsers keep at least 4096 bytes a cookie, its name and path included."""

MAX_LINES, MAX_QUANTITY = 20, 99


@dataclass(frozen=True)
class Visit:
    """A browser in the demo shop.

    Attributes:
        user_id: of the shopper whom it is; None for a guest.
        session_id: of the guest; None for a shopper with a name.
        cart: quantity by item id, in the order in which they were put in.
        before: the items that the home page showed last, by placement.
    """

    user_id: str | None = None
    session_id: str | None = None
    cart: tuple[tuple[str, int], ...] = ()
    before: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of_guest(cls) -> "Visit":
        """Return the visit of somebody who has not said who they are."""
        return cls(session_id=f"demo-{token_hex(8)}")

    @classmethod
    def of_newcomer(cls) -> "Visit":
        """Return the visit of a shopper who has an account since now."""
        return cls(user_id=f"demo-new-{token_hex(4)}")

    @property
    def is_somebody(self) -> bool:
        """Whether it was chosen who the browser is."""
        return self.user_id is not None or self.session_id is not None

    @property
    def is_new(self) -> bool:
        """Whether nothing was known of the shopper when the visit began."""
        return self.user_id is None or self.user_id.startswith("demo-new-")

    @property
    def name(self) -> str:
        """What the pages call the shopper."""
        if self.user_id is None:
            return "a guest"
        return "a new customer" if self.is_new else f"shopper {self.user_id}"

    @property
    def who(self) -> dict[str, str]:
        """The fields that name the shopper in an event."""
        if self.user_id is not None:
            return {"user_id": self.user_id}
        return {"session_id": self.session_id or ""}

    @property
    def n_pieces(self) -> int:
        """How many pieces are in the cart."""
        return sum(quantity for _, quantity in self.cart)

    def with_more(self, item_id: str, quantity: int) -> "Visit":
        """Return the visit with so many more of an item in the cart; 0 or less takes it out."""
        cart = dict(self.cart)
        cart[item_id] = min(cart.get(item_id, 0) + quantity, MAX_QUANTITY)
        if quantity < 1:
            del cart[item_id]
        return replace(self, cart=tuple(cart.items())[:MAX_LINES])

    def having_seen(self, lists: Mapping[str, Sequence[str]]) -> "Visit":
        """Return the visit after the home page showed those items, by placement."""
        return replace(self, before=tuple((name, tuple(item_ids)) for name, item_ids in lists.items()))

    def after_order(self) -> "Visit":
        """Return the visit with an empty cart."""
        return replace(self, cart=())


NOBODY = Visit()


class Visits:
    """Makes and reads the cookies of visits; both raise StoreError while the secret has not been read.

    Args:
        secret: returns 32 bytes that nobody else knows, the same in each worker.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._ask = secret
        self._signer: URLSafeSerializer | None = None

    def read(self, cookie: str | None) -> Visit:
        """Return the visit of a cookie that was made here, else ``NOBODY``."""
        if not cookie or len(cookie) > MAX_COOKIE_LENGTH:
            return NOBODY
        try:
            said: Any = self._signing().loads(cookie)
        except BadData:
            return NOBODY
        cart = tuple((item_id, int(quantity)) for item_id, quantity in said["c"])
        before = tuple((name, tuple(had)) for name, had in said["b"])
        return Visit(said["u"], said["s"], cart, before)

    def write(self, visit: Visit) -> str | None:
        """Return the cookie of a visit; None where its cart is too large for one."""
        said = {"u": visit.user_id, "s": visit.session_id, "c": visit.cart, "b": visit.before}
        cookie = str(self._signing().dumps(said))
        return cookie if len(cookie) <= MAX_COOKIE_LENGTH else None

    def _signing(self) -> URLSafeSerializer:
        if self._signer is None:
            self._signer = URLSafeSerializer(self._ask(), salt="recsvc demo")
        return self._signer
