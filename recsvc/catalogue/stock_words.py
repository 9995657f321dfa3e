"""The words with which shops say that an item can be sold, or that it cannot, in ten languages."""

from recsvc.catalogue.values import Notation, read_number
from recsvc.value_errors import MAX_QUOTED


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


YES = _words(
    "1 true t yes y on ja j wahr oui o vrai si sí s verdadero vero sim verdadeiro tak kyllä kylla ano igen "
    "verfügbar verfugbar verfuegbar vorrätig vorratig vorraetig lieferbar aktiv active activo attivo actif "
    "ativo enabled enable aktiviert available instock lager auflager imlager disponible disponibile disponível "
    "disponivel dispo enstock enexistencia hayexistencias instoc voorraad opvoorraad ilager varastossa påsto "
    "nasklade preorder backorder onbackorder onorder vorbestellbar vorbestellung publish published "
    "veröffentlicht visible sichtbar publicado pubblicato publié publie limited limitedavailability lowstock "
    "saatavilla saatavana finnsilager tillgänglig tillganglig "
    "surcommande précommande precommande bajopedido preventa suordinazione preordine opbestelling "
    "leverbaar beschikbaar voorbestelling ennakkotilaus tilaustuote beställningsvara förbeställning "
    "instoreonly onlineonly availablefororder catalogsearch "
)
NO = _words(
    "0 -1 false f no n off nein falsch non faux falso não nao nie ei ne nem outofstock soldout unavailable "
    "notavailable ausverkauft vergriffen nichtvorrätig nichtvorratig nichtvorraetig nichtverfügbar "
    "nichtverfugbar nichtverfuegbar nichtlieferbar nichtauflager inaktiv inactive inactivo inattivo inactif "
    "inativo disabled disable deaktiviert discontinued retired archived archiviert draft entwurf borrador "
    "bozza brouillon private privat hidden versteckt unpublished unveröffentlicht épuisé epuise rupture "
    "rupturedestock enrupture enrupturedestock horsstock indisponible agotado sinstock sinexistencias "
    "nodisponible esaurito nondisponibile esgotado indisponível indisponivel uitverkocht nietopvoorraad "
    "slutsåld slutsald slutilager slut loppu loppunut eivarastossa udsolgt utsolgt wyprzedane brak niedostępny "
    "niedostepny vyprodáno vyprodano elfogyott nieaktywny "
    "ejilager ejtilagers finnsej finnsejilager tillfälligtslut tillfalligtslut slutilager eisaatavilla "
    "tilapäisestiloppu tilapaisestiloppu tilapäisestiloppuunmyyty loppuunmyyty myytyloppu pasenstock nondisponible "
    "plusdisponible temporairementindisponible nondisponibilealmomento noninstock terminato nohaystock "
    "fueradestock nolongeravailable temporarilyoutofstock temporarilyunavailable momentannichtverfügbar "
    "zurzeitnichtlieferbar derzeitnichtverfügbar nichtmehrlieferbar tijdelijkuitverkocht nietleverbaar "
    "nietbeschikbaar nietverkrijgbaar "
    "endoflife eol delisted deleted gelöscht trash pending "
)
"""As they are compared: in lower case, letters and digits only."""


def says(text: str) -> bool | None:
    """Return whether ``text`` says yes or no, as a number above 0 or a word; None for a word that is not known."""
    last = text.casefold().rpartition("schema.org/")[2]
    word = "-1" if last == "-1" else "".join(character for character in last if character.isalnum())
    if word in YES or word in NO:
        return word in YES
    number = read_number(text, Notation())
    return None if number is None else number > 0


def unknown_word(name: str, text: str) -> str:
    """Return what is told of a field whose text says neither yes nor no."""
    return (
        f"{name}: {text[:MAX_QUOTED]!r} is no word that is known for yes or no, in stock or sold out: "
        "write true or false"
    )
