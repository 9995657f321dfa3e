"""Swedish: a product is "den", and "inte" comes before the verb after "eftersom"."""

from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.explain.languages.language import Chance, Language, Point, Reading, Unit
from recsvc.ranking.query import Placement, ReasonType

SWEDISH = Language(
    tag="sv",
    name="Svenska",
    quoted="”{title}”",
    between=", ",
    last=" och ",
    thousands="\u00a0",
    lists={
        Placement.FOR_YOU: "bland dina rekommendationer",
        Placement.DISCOVER: "bland dina förslag på något nytt",
        Placement.BUY_AGAIN: "i listan över det som du kanske vill köpa igen",
        Placement.SIMILAR: "i listan över liknande varor",
        Placement.BOUGHT_TOGETHER: "i listan över det som passar till din varukorg",
        Placement.TRENDING: "i listan över det som är populärt just nu",
    },
    other_list="i den listan",
    shown="{item} ligger på plats {rank} {where}.",
    shown_because="{item} ligger på plats {rank} {where}, eftersom {why}.",
    reasons={
        ReasonType.BECAUSE_YOU_BOUGHT: ("du har köpt {items}",),
        ReasonType.YOUR_TASTE: ("den passar din smak",),
        ReasonType.YOU_BUY_THIS_REGULARLY: ("du köper den regelbundet",),
        ReasonType.YOU_BOUGHT_THIS: ("du har köpt den tidigare",),
        ReasonType.SIMILAR_TO_ITEM: ("den liknar {items}",),
        ReasonType.ALSO_BOUGHT: ("kunder som valde {items} också valde den",),
        ReasonType.BOUGHT_WITH_YOUR_CART: ("den ofta köps tillsammans med {items}",),
        ReasonType.TRENDING: ("allt fler kunder köper den",),
        ReasonType.POPULAR: ("många kunder köper den",),
        ReasonType.PINNED: ("vi själva har valt den platsen åt varan",),
        ReasonType.NEW: ("den är ny hos oss och kan passa dig",),
    },
    readings={
        Reading.REGULARLY_EVERY: ("du köper den {every}, senast {ago}",),
        Reading.BOUGHT_AGO: ("du köpte den {ago}",),
        Reading.INTEREST: ("du har visat intresse för {items}",),
        Reading.INTEREST_IN_IT: ("du har visat intresse för den",),
        Reading.SOLD: ("andra kunder köper den",),
    },
    room_left="inget annat som passar fanns kvar och {why}",
    kept_out="{item} finns inte {where}, eftersom {why}.",
    obstacles={
        Obstacle.HELD_OUT: "vi tills vidare bara visar den listan för en del av kunderna, för att se hur nyttig den är",
        Obstacle.UNKNOWN_ITEM: "vi ännu inte vet vem som köper den",
        Obstacle.CONTEXT: "du redan tittar på den eller har den i varukorgen",
        Obstacle.EXCLUDED: "sidan bad om en lista utan den",
        Obstacle.DISLIKED: "du har sagt att du inte gillar den",
        Obstacle.WITHDRAWN: "vi inte längre säljer den",
        Obstacle.OUT_OF_STOCK: "den är slut i lager",
        Obstacle.NOT_YET_AVAILABLE: "den ännu inte är till salu",
        Obstacle.NO_LONGER_AVAILABLE: "den inte längre är till salu",
        Obstacle.FILTER: "den listan är begränsad till andra varor",
        Obstacle.RECENTLY_BOUGHT: "du köpte den nyligen",
        Obstacle.ALREADY_BOUGHT: "du har köpt den tidigare och den listan bara visar det som är nytt för dig",
        Obstacle.NEVER_BOUGHT: "den listan bara visar det som du har köpt tidigare",
        Obstacle.VARIANT_BOUGHT: (
            "du har köpt en annan variant av den och den listan bara visar det som är nytt för dig"
        ),
        Obstacle.NOT_A_CANDIDATE: "vi vet för lite för att föreslå den där",
        Obstacle.VARIANT: "en annan variant av varan redan finns i listan eller är den som du tittar på",
        Obstacle.CAP: "den listan redan har tillräckligt många varor av samma slag",
        Obstacle.ROTATION: "den har visats ofta för dig utan att du har valt den",
        Obstacle.DIVERSITY: "den fick ge plats åt varor av andra slag",
    },
    ranked_too_low="{item} finns inte {where}: den ligger på plats {rank} av {among}, och {only}.",
    among=("{n} vara som kom i fråga", "{n} varor som kom i fråga"),
    only_shown=("bara {n} visas",),
    none_shown="just nu kan ingen visas",
    crowded_out=(
        "{item} finns inte {where}: den ligger på plats {rank} av {among}, men dess plats behövdes för "
        "en annan vara."
    ),
    speaks_for="För den talar också: {points}.",
    speaks_against="Mot den talar: {points}.",
    points={
        Point.TASTE: "hur väl den passar din smak",
        Point.COMPANY: "hur ofta den köps tillsammans med det som du köper",
        Point.INTERESTS: "hur väl den passar till det som intresserar dig",
        Point.KIND: "hur mycket du köper av samma slag",
        Point.OWN: "hur ofta och hur nyligen du har köpt den",
        Point.SALES: "hur bra den säljer",
        Point.PRICE: "priset",
        Point.CHEAPER: "att den kostar mindre än det som du brukar köpa",
        Point.QUANTITY: "hur många som brukar köpas åt gången",
        Point.LOYALTY: "hur många kunder som köper den igen",
    },
    counterpoints={
        Point.TASTE: "att andra varor passar din smak bättre",
        Point.COMPANY: "att andra varor oftare köps tillsammans med det som du köper",
        Point.INTERESTS: "att andra varor passar bättre till det som intresserar dig",
        Point.KIND: "att du köper mer av andra slag",
        Point.OTHER_KIND: "att den är av ett annat slag än det som du köper",
        Point.OWN: "hur sällan eller för hur länge sedan du köpte den",
        Point.UNTRIED: "att den skulle vara ny för dig",
        Point.SALES: "att andra varor säljer bättre",
        Point.PRICE: "priset",
        Point.DEARER: "att den kostar mer än det som du brukar köpa",
        Point.QUANTITY: "hur många som brukar köpas åt gången",
        Point.LOYALTY: "att få kunder köper den igen",
    },
    standings={
        Standing.UNKNOWN: (
            "Vi känner inte till något som du har köpt eller tittat på, så du ser det som alla nya "
            "kunder ser."
        ),
        Standing.ERASED: "Dina uppgifter raderades när du bad om det, så du ser det som alla nya kunder ser.",
        Standing.GUEST: "Vi kände inte igen dig, så du ser det som alla nya kunder ser.",
    },
    chances={
        Chance.LIKELY: "Du vill sannolikt ha den igen inom en vecka.",
        Chance.POSSIBLE: "Det kan hända att du vill ha den igen inom en vecka.",
        Chance.NOT_SOON: "Du vill sannolikt inte ha den igen redan inom en vecka.",
    },
    lately="alldeles nyligen",
    ago={
        Unit.DAY: ("för {n} dag sedan", "för {n} dagar sedan"),
        Unit.WEEK: ("för ungefär {n} vecka sedan", "för ungefär {n} veckor sedan"),
        Unit.MONTH: ("för ungefär {n} månad sedan", "för ungefär {n} månader sedan"),
        Unit.YEAR: ("för ungefär {n} år sedan",),
    },
    every={
        Unit.DAY: ("ungefär varje dag", "med ungefär {n} dagars mellanrum"),
        Unit.WEEK: ("ungefär varje vecka", "med ungefär {n} veckors mellanrum"),
        Unit.MONTH: ("ungefär varje månad", "med ungefär {n} månaders mellanrum"),
        Unit.YEAR: ("ungefär varje år", "med ungefär {n} års mellanrum"),
    },
)
