"""What is looked at in the store of each shop before anybody is answered."""

from collections.abc import Sequence
from contextlib import closing, suppress

from recsvc.cli.keys import require_protection
from recsvc.errors import SettingsError, StoreError
from recsvc.service import make_store
from recsvc.settings.shops import ShopSettings

_PURPOSE = "recsvc shops"


def require_stores(shops: Sequence[ShopSettings]) -> None:
    """Refuse to answer every client on an address that other machines can reach, or two shops with one store.

    A store that does not answer is not looked at.

    Raises:
        SettingsError: naming the shop.
    """
    owners: dict[bytes, str | None] = {}
    for shop in shops:
        try:
            require_protection(shop.settings)
        except SettingsError as error:
            raise SettingsError(
                str(error) if shop.name is None else f"[shops.{shop.name}]: {error}"
            ) from error
        if shop.name is None:
            continue
        with closing(make_store(shop.settings)) as store, suppress(StoreError):
            # A copy has the same keys, and the console of either would believe the sessions of the other.
            other = owners.setdefault(store.secret(_PURPOSE), shop.name)
            if other != shop.name:
                raise SettingsError(
                    f"[shops.{other}] and [shops.{shop.name}] have the same store, or a copy of it: give each its own"
                )
