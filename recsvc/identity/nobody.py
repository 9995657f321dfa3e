"""Who is nobody: ids that shops, tills and scripts send where there is no shopper to name."""

import re
from dataclasses import dataclass

from recsvc.identity.spelling import canonical_user_id, is_blank

NUMBERS = frozenset({"0", "-1"})
"""Placeholders that may be a shopper's number in a history in which they buy like anybody else."""

_WORDS = frozenset(
    (
        "null", "nil", "none", "nan", "na", "n/a", "#n/a", "<na>", "\\n", "-", "undefined", "unset", "missing", "empty",
        "false", "(notset)", "(none)", "[objectobject]", "guest", "guests", "guestuser", "guestcustomer",
        "guestcheckout", "guestorder", "notloggedin", "anonymous", "anonymoususer", "anon", "unknown", "unknownuser",
        "unknowncustomer", "nouser", "nocustomer", "nologin", "unregistered", "walkin", "walkincustomer",
        "walkinclient", "cashcustomer", "cashsale", "cashsales", "countersale", "defaultcustomer", "casualcustomer",
        "retailcustomer", "poscustomer", "gast", "gäste", "gastkonto", "gastkunde", "gastbesteller", "gastbestellung",
        "anonym", "unbekannt", "barverkauf", "barkunde", "laufkunde", "laufkundschaft", "kassenkunde", "standardkunde",
        "diverse", "invité", "invite", "anonyme", "inconnu", "clientinconnu", "clientdepassage", "clientcomptoir",
        "clientdivers", "invitado", "anónimo", "anonimo", "desconocido", "clientegenérico", "clientegenerico",
        "clientecontado", "clientemostrador", "ospite", "sconosciuto", "clienteoccasionale", "onbekend", "anoniem",
        "passant", "winkelklant", "contanteklant", "vieras", "tuntematon", "nimetön", "kassa-asiakas", "kassaasiakas",
        "käteisasiakas", "gäst", "okänd", "kontantkund", "kassakund", "gæst", "ukendt", "ukjent", "gjest", "convidado",
        "desconhecido", "pos", "possale", "possales", "cash", "cashbuyer", "instore", "instorecustomer", "instoresale",
        "walkins", "walkinguest", "shopcustomer", "storecustomer", "overthecounter", "barverkäufe", "bareinnahmen",
        "ladenverkauf", "ladenkunde", "thekenverkauf", "kassenverkauf", "tageskunde", "anonymerkunde", "clientanonyme",
        "ventecomptoir", "clientmagasin", "ventemagasin", "clientcaisse", "consumidorfinal", "clientefinal",
        "clienteanonimo", "clienteanónimo", "contado", "ventacontado", "mostrador", "ventamostrador", "clientevarios",
        "clientesvarios", "clientedemostrador", "públicoengeneral", "publicoengeneral", "públicogeneral",
        "publicogeneral", "clientebalcão", "clientebalcao", "consumidornãoidentificado", "consumatorefinale",
        "clientealbanco", "venditaalbanco", "clientegenerico", "clientediverso", "clientidiversi", "clientepassante",
        "balieklant", "balieverkoop", "losseverkoop", "losseklant", "contanteverkoop", "kasklant", "kassaklant",
        "käteismyynti", "kassamyynti", "tiskimyynti", "satunnaisasiakas", "satunnainenasiakas", "kontantförsäljning",
        "kontantsalg", "kontantkunde", "diversekunder", "diversekunde", "klientdetaliczny", "klientgotówkowy",
        "sprzedażdetaliczna", "klientanonimowy",
    )
)  # fmt: skip
"""In lower case, without blanks, `_` and hyphens."""

_NO_ADDRESS = re.compile(
    r"(guest|gast|invite|invitado|ospite|vieras|anonymous|anonym|unknown|walk-?in|no-?reply|no-?e?mail|none|null|"
    r"undefined)([+._-][^@]*)?@.*|.*@([^@]+\.)?invalid"
)
"""An address under .invalid is nobody's (RFC 2606): WordPress writes one into orders that it makes anonymous."""

_NULL_UUID = re.compile(r"\{?0{8}-?0{4}-?0{4}-?0{4}-?0{12}\}?")
_TILL = re.compile(
    r"(?:pos|kasse|caisse|cassa|caja|kassa|caixa|register|cashregister|counter|posterminal|terminal)"
    r"(?:nr|no|n|num)?[0-9]{0,3}|till(?:nr|no|n)?[0-9]{1,3}|[0-9]{1,2}(?:\.)?(?:kasse|kassa)"
)
"""A till by its number; the name alone is nobody as well, except Till, which is a first name."""

_SIGNS = str.maketrans("", "", "#.:/°")
_SEPARATORS = re.compile(r"[ _-]+")


def is_placeholder(user_id: str) -> bool:
    """Return whether ``user_id`` names no shopper: ``0``, ``guest``, ``null``, ``guest@…``, ``Walk-in Customer``."""
    name = canonical_user_id(user_id).lower()
    if name in NUMBERS or name in _WORDS or is_blank(user_id):
        return True
    if _NULL_UUID.fullmatch(name):
        return True
    plain = _SEPARATORS.sub("", name)
    return not name.isdigit() and (
        plain in _WORDS
        or _TILL.fullmatch(plain.translate(_SIGNS)) is not None
        or _NO_ADDRESS.fullmatch(name) is not None
    )


@dataclass(frozen=True)
class Guests:
    """Which ids stand for nobody in particular in a shop; without any exceptions, names alone tell.

    Attributes:
        nobody: ids that are nobody's although their names do not say so, such as that of a till; in the one spelling.
        somebody: ids that are a shopper's although they are called like nobody, such as ``0``; in the one spelling.
    """

    nobody: frozenset[str] = frozenset()
    somebody: frozenset[str] = frozenset()

    def user_id_of(self, user_id: str | None) -> str | None:
        """Return the one spelling of ``user_id``; None where it names no shopper of this shop."""
        if user_id is None:
            return None
        spelling = canonical_user_id(user_id)
        if spelling in self.nobody:
            return None
        return spelling if spelling in self.somebody or not is_placeholder(user_id) else None


BY_NAME = Guests()
"""A shop of whose history nothing is known."""


def session_id_of(session_id: str | None) -> str | None:
    """Return ``session_id``; None where it names no visit, as ``undefined`` does."""
    return None if session_id is None or is_placeholder(session_id) else session_id
