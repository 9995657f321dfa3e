"""Words for colours, sizes and packs that shops use in titles: where the words of a shop's own are learned from."""

from recsvc.model.content import folded


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


COLOURS = _words(
    "beige black blue bronze brown cream gold golden green grey gray ivory lilac mint navy orange pink purple red "
    "silver turquoise violet white yellow anthracite burgundy charcoal coral khaki mustard taupe teal "
    "multicolour multicolor multicoloured multicolored "
    "blau braun gelb grau grün lila rosa rot schwarz silber türkis weiß gold bunt "
    "blå brun grå grön gul röd svart vit silver guld orange "
    "musta valkoinen punainen sininen vihreä keltainen harmaa ruskea vaaleanpunainen hopea kulta oranssi "
    "blanc blanche bleu bleue gris grise jaune noir noire rouge vert verte argent doré rose marron "
    "blanco blanca negro negra rojo roja azul verde amarillo amarilla gris plata oro "
    "bianco bianca nero nera rosso rossa verde giallo grigio argento "
    "wit zwart rood blauw groen geel grijs bruin zilver goud roze paars"
)
"""Names of colours in the languages of most shops."""

SIZES = _words(
    "xs xl xxl xxxl small medium large tall mini midi maxi big little "
    "klein kleine kleiner kleines groß große großer großes mittel "
    "liten litet stor stort mellan pieni iso keskikokoinen petit petite grand grande moyen moyenne "
    "pequeño pequeña mediano piccolo piccola medio grote kleine"
)
"""Words for sizes."""

UNITS = _words(
    "mg g gr gram grams gramm kg kilo kilos oz lb lbs ml cl dl l ltr litre litres liter liters gal qt pt fl mm cm m "
    "mtr metre metres meter meters in inch inches ft ct pk pc pcs piece pieces pack packs packung stück stk st er "
    "kpl kappale pz pza unidades ud bags dz doz x"
)
"""What may stand behind a number that says how much it is."""

JOINTS = _words(
    "an and by for in of on the to with und mit für von im aus der die das och med för av till ja et avec pour de du "
    "des la le les en con para di da per van voor met"
)
"""Words that say nothing of what a thing is."""

PACKS = _words(
    "of pack packs pk set sets s box boxes bag bags case cases bundle size sizes x qty "
    "packung set satz größe karton a aus paket sats storlek koko paketti lot boite "
    "taille de caja talla di scatola taglia maat"
)
"""What may stand before such a number."""
