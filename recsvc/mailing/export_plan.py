"""What one export of lists is to be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recsvc.errors import SettingsError
from recsvc.mailing.mail_items import NEEDS
from recsvc.ranking.query import MAX_EXCLUDED_ITEMS
from recsvc.serving.resolved_query import SPARE_ITEMS


@dataclass(frozen=True)
class ExportPlan:
    """What is exported; two exports with the same plan differ by the moment alone.

    Attributes:
        placement: whose lists.
        n: items of a row.
        n_spares: spare ones.
        at_least: who gets fewer items has no row.
        segment: which shoppers, as ``shoppers_in`` reads it; None: all.
        not_in_last: so many mails to the shopper are looked at, and what they held is left out.
        needs: what each item needs, of ``NEEDS``.
        link_base: address before ``/r/…`` of links that are resolved when they are opened; None: plain links.
        is_trial: whether nothing is kept of it.
        language: of the reasons.
        without: digest of the ids that were told to be left out.
        has_offers: whether each row also has what is offered to its shopper.
    """

    placement: str
    n: int
    n_spares: int
    at_least: int
    segment: str | None = None
    not_in_last: int = 0
    needs: tuple[str, ...] = ("title", "link")
    link_base: str | None = None
    is_trial: bool = False
    language: str = "en"
    without: str = ""
    has_offers: bool = False

    def __post_init__(self) -> None:
        """Raise SettingsError for values that do not fit together."""
        most = max(SPARE_ITEMS, SPARE_ITEMS * self.n // 10)
        if not 0 <= self.n_spares <= most:
            raise SettingsError(f"--spares must be 0..{most} for --n {self.n}, got {self.n_spares}")
        if not 1 <= self.at_least <= self.n:
            raise SettingsError(f"--at-least must be 1..{self.n}, as --n is {self.n}, got {self.at_least}")
        if self.not_in_last * self.n > MAX_EXCLUDED_ITEMS:
            raise SettingsError(
                f"--not-in-last {self.not_in_last} of {self.n} items each is more than {MAX_EXCLUDED_ITEMS} items: "
                f"at most {MAX_EXCLUDED_ITEMS // self.n} mails of {self.n} can be looked at"
            )
        if unknown := sorted(set(self.needs) - set(NEEDS)):
            raise SettingsError(f"--needs knows {', '.join(NEEDS)}, got {', '.join(unknown)}")
        if self.is_trial and (self.link_base is not None):
            raise SettingsError(
                "--trial keeps nothing, so its links could not be resolved: leave out --link-base or --trial"
            )
        if self.is_trial and self.has_offers:
            raise SettingsError(
                "--trial keeps nothing, so what it offers would be promised to nobody: leave out --offers or --trial"
            )

    def where_links_lead(self, shop_url: str | None) -> str:
        """Return what is said of the links that items need, after their name."""
        is_bound = "link" in self.needs and shop_url is not None
        return f" at an address of the shop ({shop_url}, or a host of RECSVC_SHOP_HOSTS)" if is_bound else ""

    def to_json(self) -> dict[str, Any]:
        """Return the plan as values of JSON."""
        return asdict(self) | {"needs": list(self.needs)}

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> "ExportPlan":
        """Return the plan that ``to_json`` said."""
        return cls(**{**said, "needs": tuple(said["needs"])})
