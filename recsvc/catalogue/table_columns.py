"""What the columns of a shop's own table of items mean: their names propose, their values decide."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from recsvc.catalogue.category_texts import CategoryTexts
from recsvc.catalogue.rows import ExportRow
from recsvc.catalogue.stock_words import says
from recsvc.catalogue.values import Notation, as_link, read_moment, read_number

MAX_SEEN = 5_000
"""So many distinct values of a column are looked at."""
_MOSTLY = 0.8
_NEARLY_ALL = 0.95
_LONGEST_TITLE = 200


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PROPOSED: Mapping[str, tuple[str, ...]] = {
    "item_id": _names(
        "itemid productid articleid stockcode sku itemsku productsku variantsku articlenumber articleno productcode "
        "itemcode articlecode productnumber itemnumber itemno productno materialnumber material asin ean gtin upc "
        "barcode isbn variantid productkey itemkey artikelnummer artikelnr artnr artikelid produktid produktnummer "
        "produktnr produktcode idproduit produitid codeproduit refproduit referenceproduit reference référence ugs "
        "idarticle codearticle idproducto productoid codigoproducto codproducto idarticulo codigoarticulo codarticulo "
        "codice codicearticolo codiceprodotto idprodotto artikelcode productnummer artikkelnumero tuotenumero "
        "tuotekoodi tuoteid varenummer merchantproductid merchantitemid offerid sellersku oxartnum variationnumber "
        "kodproduktu idtowaru id code kod oxid variationid item product article artikel produkt producto articulo "
        "productname itemname producttitle itemtitle articlename artikelname produktname nomproduit nombreproducto"
    ),
    "title": _names(
        "title producttitle itemtitle productname itemname articlename name artikelname produktname "
        "artikelbezeichnung produktbezeichnung bezeichnung titel nom nomproduit nomduproduit designation libelle "
        "titre nombreproducto nombredelproducto nombre titulo nome nomeprodotto titolo naam productnaam nimi "
        "tuotenimi namn produktnamn oxtitle itemtextname itemtextnamede nazwa nazwaproduktu nazwatowaru nazev "
        "nazevproduktu description itemdescription productdescription"
    ),
    "price": _names(
        "price unitprice itemprice productprice sellingprice regularprice retailprice listprice grossprice pricegross "
        "preis verkaufspreis bruttopreis vkpreis vkbrutto einzelpreis stuckpreis stueckpreis prix prixttc prixunitaire "
        "pricevat pricewithvat oxprice variationsalespriceprice cenabrutto cenasdph tarifregulier precio pvp "
        "preciounitario prezzo prijs verkoopprijs hinta pris preco cena"
    ),
    "sale_price": _names(
        "saleprice specialprice discountprice offerprice angebotspreis aktionspreis sonderpreis prixpromo tarifpromo "
        "prixreduit preciooferta preciorebajado prezzoscontato aanbiedingsprijs tarjoushinta"
    ),
    "sale_from": _names(
        "salepricefrom salepricefromdate salepricestart salepricestartdate salepricestarts datesalepricestarts "
        "salestart salestarts salestartdate salefrom specialpricefromdate specialfromdate specialfrom"
    ),
    "sale_until": _names(
        "salepriceuntil salepriceto salepricetodate salepriceend salepriceenddate salepriceends datesalepriceends "
        "saleend saleends saleenddate saleto saleuntil specialpricetodate specialtodate specialto"
    ),
    "url": _names("url link producturl productlink itemurl href permalink produkturl weblink lien enlace"),
    "image_url": _names(
        "imageurl image imagelink imagesrc picture pictureurl photo thumbnail images bild bildurl bilder imageurls "
        "imgurl imageurl1 imagen immagine afbeelding kuva"
    ),
    "categories": _names(
        "categories category productcategories productcategory itemcategory categorypath categoryname "
        "maincategory producttype itemtype type department productgroup itemgroup aisle kategorie kategorien "
        "produktkategorie warengruppe artikelgruppe categorie categorieproduit rayon famille categoria "
        "categorytext defaultcategory merchantcategory googleproductcategory kategoria kategoriatowaru "
        "categorias categoriaproducto familia tuoteryhma kategori rubrik"
    ),
    "in_stock": _names(
        "instock isinstock availability available isavailable stockstatus availabilitystatus verfugbarkeit verfugbar "
        "verfuegbar lieferbar vorratig vorraetig lagerstatus disponibilite disponible enstock disponibilidad "
        "disponibilita beschikbaar saatavuus varastossa tillganglig"
    ),
    "stock": _names(
        "stock stockquantity stocklevel stockqty qty quantity inventory inventoryquantity inventorylevel onhand "
        "quantityavailable availablestock bestand lagerbestand lager menge quantite qte existencias cantidad giacenza "
        "voorraad saldo varastosaldo oxstock variationstocknet stocknet currentquantity skladem stanmagazynowy"
    ),
    "is_offered": _names(
        "active isactive enabled isenabled published ispublished visible isvisible visibility status productstatus "
        "online aktiv sichtbar veroffentlicht publie visibilite actif activo visibile attivo actief oxactive "
        "variationisactive productvisibility aktywny"
    ),
    "available_from": _names("availablefrom availablesince onsalefrom validfrom launchdate verfugbarab lieferbarab"),
    "available_until": _names("availableuntil availableto availabletill validuntil validto enddate verfugbarbis"),
    "group_id": _names(
        "groupid itemgroupid productgroupid variantgroup variantgroupid parentsku parentid parentitemid "
        "parentproductid parent masterid mastersku styleid stylenumber modelid modelnumber handle vatersku "
        "vaterartikel hauptartikel paircode oxparentid parentreference variationmainvariationid"
    ),
}  # fmt: skip
"""How the columns of a catalogue are called, without blanks, accents and signs, best first."""

LEVELS = _names(
    "department category1 categorylevel1 maincategory productgroup category2 categorylevel2 productcategory "
    "subcategory category3 categorylevel3 subsubcategory producttype"
)
"""Columns that are the levels of one path where at least two of them are there, from broad to narrow."""

UNIT_NAMES = frozenset(_names("sku itemsku productsku variantsku"))
"""Columns that shops leave blank for some products, so that the title stands in."""

LONG_TEXTS = frozenset(
    _names(
        "description longdescription shortdescription bodyhtml body content beschreibung langbeschreibung "
        "kurzbeschreibung descripcion descrizione omschrijving metadescription metatitle metakeywords"
    )
)


def normalised(name: str) -> str:
    """Return a name as it is compared: lower case, without accents, letters and digits only."""
    folded = unicodedata.normalize("NFKD", name).replace("ß", "ss").casefold()
    return "".join(character for character in folded if character.isalnum())


def has_item_ids(names: Iterable[str]) -> bool:
    """Return whether one of the columns may hold the ids of items, by its name."""
    return not set(PROPOSED["item_id"]).isdisjoint(map(normalised, names))


@dataclass
class _Values:
    """What was seen of the values of one column."""

    n: int = 0
    length: int = 0
    distinct: dict[str, None] = field(default_factory=dict)
    n_beyond: int = 0

    def take(self, text: str) -> None:
        self.n += 1
        self.length += len(text)
        if text in self.distinct:
            return
        if len(self.distinct) < MAX_SEEN:
            self.distinct[text] = None
        else:
            self.n_beyond += 1

    def share(self, is_so: Callable[[str], bool]) -> float:
        """Return how many of the distinct values are so."""
        return sum(map(is_so, self.distinct)) / max(len(self.distinct), 1)

    @property
    def distinctness(self) -> float:
        """The share of the values that are different from those before, as far as they were looked at."""
        return (len(self.distinct) + self.n_beyond) / max(self.n, 1)


@dataclass(frozen=True)
class TableColumns:
    """What the columns of a table mean.

    Attributes:
        columns: field -> name of the column, in lower case; ``category_1``, ``category_2``, … are levels.
        levels: the columns that are levels of one path, from broad to narrow.
        categories: how the column of categories is written.
        groups: what the column of groups says, as far as it was looked at.
        attributes: the columns that are no field; they are kept as attributes.
    """

    columns: Mapping[str, str]
    levels: tuple[str, ...]
    categories: CategoryTexts
    groups: frozenset[str]
    attributes: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[ExportRow], told: Mapping[str, str] | None = None) -> "TableColumns":
        """Find out what the columns of ``rows`` mean; ``told`` is what the shop says: field -> name of the column."""
        seen: dict[str, _Values] = {}
        notation, n_rows = Notation(), 0
        for row in rows:
            n_rows, notation = n_rows + 1, row.notation
            for name, text in row.fields.items():
                seen.setdefault(name, _Values()).take(text)
        return _found(seen, n_rows, notation, told or {})

    def of_field(self, name: str) -> tuple[str, ...]:
        """Return the column of a field, none where there is none."""
        return (self.columns[name],) if name in self.columns else ()


def _found(
    seen: Mapping[str, _Values], n_rows: int, notation: Notation, told: Mapping[str, str]
) -> TableColumns:
    by_name: dict[str, str] = {}
    for name in seen:
        by_name.setdefault(normalised(name), name)
    columns = {wanted: name for wanted, name in told.items() if name in seen}
    for wanted, names in PROPOSED.items():
        if wanted in columns:
            continue
        proposed = [
            by_name[name] for name in names if name in by_name and by_name[name] not in columns.values()
        ]
        chosen = _chosen(wanted, proposed, seen, n_rows, notation)
        if chosen is not None:
            columns[wanted] = chosen
    taken = {column for wanted, column in columns.items() if wanted != "categories"}
    levels = tuple(by_name[name] for name in LEVELS if name in by_name and by_name[name] not in taken)
    levels = levels if len(levels) > 1 and "categories" not in told else ()
    if levels:
        columns.pop("categories", None)
    elif "categories" not in columns and (level := next(filter(by_name.get, LEVELS), None)):
        columns["categories"] = by_name[level]
    texts = seen[columns["categories"]].distinct if "categories" in columns else ()
    used = {*columns.values(), *levels}
    attributes = tuple(name for name in seen if name not in used and normalised(name) not in LONG_TEXTS)
    groups = frozenset(seen[columns["group_id"]].distinct) if "group_id" in columns else frozenset()
    return TableColumns(columns, levels, CategoryTexts.of(texts), groups, attributes)


def _chosen(
    wanted: str, proposed: Sequence[str], seen: Mapping[str, _Values], n_rows: int, notation: Notation
) -> str | None:
    """Return the column among ``proposed``, best first, whose values are such as ``wanted`` has."""
    if wanted == "item_id":
        keys = [name for name in proposed if _is_key(seen[name], n_rows)]
        return next(iter(keys or proposed), None)
    fits = _FITS.get(wanted)
    return next((name for name in proposed if fits is None or fits(seen[name], notation)), None)


def _is_key(values: _Values, n_rows: int) -> bool:
    return values.n >= _MOSTLY * n_rows and values.distinctness >= _NEARLY_ALL


def _is_number(values: _Values, notation: Notation) -> bool:
    return values.share(lambda text: read_number(text, notation) is not None) >= _MOSTLY


def _is_link(text: str) -> bool:
    """Return whether a cell holds a link, or several of which the first is one."""
    return as_link(text) is not None or as_link(text.replace("|", ",").split(",")[0].strip()) is not None


def _are_links(values: _Values, _notation: Notation) -> bool:
    return values.share(_is_link) >= _MOSTLY


def _are_words(values: _Values, _notation: Notation) -> bool:
    return values.share(lambda text: says(text) is not None) >= _MOSTLY


def _are_moments(values: _Values, notation: Notation) -> bool:
    return values.share(lambda text: read_moment(text, notation) is not None) >= _MOSTLY


_FITS: Mapping[str, Callable[[_Values, Notation], bool]] = {
    "title": lambda values, _: values.length <= _LONGEST_TITLE * values.n,
    "sale_price": _is_number,
    "stock": _is_number,
    "url": _are_links,
    "image_url": _are_links,
    "is_offered": _are_words,
    "sale_from": _are_moments,
    "sale_until": _are_moments,
    # A group of which each row is another tells nothing.
    "group_id": lambda values, _: values.distinctness < 1,
}
"""What the values of a field have to be; those of the others are read, or refused row by row."""
