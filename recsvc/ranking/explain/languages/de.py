"""German: a product is "es", and clauses after "weil" end with their verb."""

from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.explain.languages.language import Chance, Language, Point, Reading, Unit
from recsvc.ranking.query import Placement, ReasonType

GERMAN = Language(
    tag="de",
    name="Deutsch",
    quoted="„{title}“",
    between=", ",
    last=" und ",
    thousands=".",
    lists={
        Placement.FOR_YOU: "in Ihren Empfehlungen",
        Placement.DISCOVER: "in Ihren Vorschlägen für Neues",
        Placement.BUY_AGAIN: "in Ihrer Liste zum Wiederkaufen",
        Placement.SIMILAR: "in der Liste ähnlicher Produkte",
        Placement.BOUGHT_TOGETHER: "in der Liste der passenden Produkte zu Ihrem Warenkorb",
        Placement.TRENDING: "in der Liste der derzeit beliebten Produkte",
    },
    other_list="in dieser Liste",
    shown="{item} steht {where} auf Platz {rank}.",
    shown_because="{item} steht {where} auf Platz {rank}, weil {why}.",
    reasons={
        ReasonType.BECAUSE_YOU_BOUGHT: ("Sie {items} gekauft haben",),
        ReasonType.YOUR_TASTE: ("es zu Ihrem Geschmack passt",),
        ReasonType.YOU_BUY_THIS_REGULARLY: ("Sie es regelmäßig kaufen",),
        ReasonType.YOU_BOUGHT_THIS: ("Sie es schon einmal gekauft haben",),
        ReasonType.SIMILAR_TO_ITEM: ("es Ähnlichkeit mit {items} hat",),
        ReasonType.ALSO_BOUGHT: ("Kunden, die {items} gewählt haben, auch dieses Produkt gewählt haben",),
        ReasonType.BOUGHT_WITH_YOUR_CART: ("es oft zusammen mit {items} gekauft wird",),
        ReasonType.TRENDING: ("immer mehr Kunden es kaufen",),
        ReasonType.POPULAR: ("viele Kunden es kaufen",),
        ReasonType.PINNED: ("wir diesen Platz dafür ausgesucht haben",),
        ReasonType.NEW: ("es bei uns neu ist und zu Ihnen passen könnte",),
    },
    readings={
        Reading.REGULARLY_EVERY: ("Sie es {every} kaufen, zuletzt {ago}",),
        Reading.BOUGHT_AGO: ("Sie es {ago} gekauft haben",),
        Reading.INTEREST: ("Sie sich für {items} interessiert haben",),
        Reading.INTEREST_IN_IT: ("Sie sich dafür interessiert haben",),
        Reading.SOLD: ("andere Kunden es kaufen",),
    },
    room_left="sonst nichts Passendes mehr da war und {why}",
    kept_out="{item} steht nicht {where}, weil {why}.",
    obstacles={
        Obstacle.HELD_OUT: "wir diese Liste vorerst nur manchen Kunden zeigen, um zu erfahren, wie nützlich sie ist",
        Obstacle.UNKNOWN_ITEM: "wir noch nicht wissen, wer es kauft",
        Obstacle.CONTEXT: "Sie es gerade ansehen oder schon im Warenkorb haben",
        Obstacle.EXCLUDED: "die Seite eine Liste ohne dieses Produkt angefordert hat",
        Obstacle.DISLIKED: "Sie uns gesagt haben, dass es Ihnen nicht gefällt",
        Obstacle.WITHDRAWN: "wir es nicht mehr führen",
        Obstacle.OUT_OF_STOCK: "es nicht vorrätig ist",
        Obstacle.NOT_YET_AVAILABLE: "es noch nicht erhältlich ist",
        Obstacle.NO_LONGER_AVAILABLE: "es nicht mehr erhältlich ist",
        Obstacle.FILTER: "diese Liste auf andere Produkte beschränkt ist",
        Obstacle.RECENTLY_BOUGHT: "Sie es erst vor Kurzem gekauft haben",
        Obstacle.ALREADY_BOUGHT: "Sie es schon gekauft haben und diese Liste nur zeigt, was für Sie neu ist",
        Obstacle.NEVER_BOUGHT: "diese Liste nur zeigt, was Sie schon gekauft haben",
        Obstacle.VARIANT_BOUGHT: (
            "Sie schon eine andere Variante davon gekauft haben und diese Liste nur zeigt, was für Sie "
            "neu ist"
        ),
        Obstacle.NOT_A_CANDIDATE: "wir zu wenig wissen, um es dort vorzuschlagen",
        Obstacle.VARIANT: (
            "eine andere Variante des Produkts schon in der Liste steht oder gerade von Ihnen angesehen wird"
        ),
        Obstacle.CAP: "diese Liste schon genug Produkte dieser Art enthält",
        Obstacle.ROTATION: "es Ihnen oft gezeigt wurde und Sie es nicht ausgewählt haben",
        Obstacle.DIVERSITY: "es Produkten anderer Art Platz gemacht hat",
    },
    ranked_too_low="{item} steht nicht {where}: Es kommt auf Platz {rank} von {among}, und {only}.",
    among=("{n} Produkt, das infrage kam", "{n} Produkten, die infrage kamen"),
    only_shown=("nur {n} wird gezeigt", "nur {n} werden gezeigt"),
    none_shown="derzeit kann keines gezeigt werden",
    crowded_out=(
        "{item} steht nicht {where}: Es kommt auf Platz {rank} von {among}, aber sein Platz wurde für "
        "ein anderes gebraucht."
    ),
    speaks_for="Dafür spricht auch: {points}.",
    speaks_against="Dagegen spricht: {points}.",
    points={
        Point.TASTE: "wie gut es zu Ihrem Geschmack passt",
        Point.COMPANY: "wie oft es zusammen mit Ihren Einkäufen bestellt wird",
        Point.INTERESTS: "wie gut es zu Ihren Interessen passt",
        Point.KIND: "wie viel Sie von dieser Art kaufen",
        Point.OWN: "wie oft und wann Sie es gekauft haben",
        Point.SALES: "wie gut es sich verkauft",
        Point.PRICE: "der Preis",
        Point.CHEAPER: "dass es weniger kostet als Ihre üblichen Einkäufe",
        Point.QUANTITY: "wie viele Stück meist auf einmal gekauft werden",
        Point.LOYALTY: "wie viele Kunden es wieder kaufen",
    },
    counterpoints={
        Point.TASTE: "dass andere Produkte besser zu Ihrem Geschmack passen",
        Point.COMPANY: "dass andere Produkte öfter zusammen mit Ihren Einkäufen bestellt werden",
        Point.INTERESTS: "dass andere Produkte besser zu Ihren Interessen passen",
        Point.KIND: "dass Sie mehr von anderer Art kaufen",
        Point.OTHER_KIND: "dass es von anderer Art ist als Ihre Einkäufe",
        Point.OWN: "wie selten oder vor wie langer Zeit Sie es gekauft haben",
        Point.UNTRIED: "dass es für Sie neu wäre",
        Point.SALES: "dass andere Produkte sich besser verkaufen",
        Point.PRICE: "der Preis",
        Point.DEARER: "dass es mehr kostet als Ihre üblichen Einkäufe",
        Point.QUANTITY: "wie viele Stück meist auf einmal gekauft werden",
        Point.LOYALTY: "dass nur wenige Kunden es wieder kaufen",
    },
    standings={
        Standing.UNKNOWN: (
            "Wir wissen von nichts, was Sie gekauft oder angesehen haben, deshalb sehen Sie, was alle "
            "neuen Kunden sehen."
        ),
        Standing.ERASED: (
            "Ihre Daten wurden auf Ihren Wunsch gelöscht, deshalb sehen Sie, was alle neuen Kunden sehen."
        ),
        Standing.GUEST: "Wir haben Sie nicht erkannt, deshalb sehen Sie, was alle neuen Kunden sehen.",
    },
    chances={
        Chance.LIKELY: "Wahrscheinlich möchten Sie es innerhalb einer Woche wieder haben.",
        Chance.POSSIBLE: "Vielleicht möchten Sie es innerhalb einer Woche wieder haben.",
        Chance.NOT_SOON: "Wahrscheinlich möchten Sie es nicht schon innerhalb einer Woche wieder haben.",
    },
    lately="vor sehr kurzer Zeit",
    ago={
        Unit.DAY: ("vor {n} Tag", "vor {n} Tagen"),
        Unit.WEEK: ("vor etwa {n} Woche", "vor etwa {n} Wochen"),
        Unit.MONTH: ("vor etwa {n} Monat", "vor etwa {n} Monaten"),
        Unit.YEAR: ("vor etwa {n} Jahr", "vor etwa {n} Jahren"),
    },
    every={
        Unit.DAY: ("etwa jeden Tag", "etwa alle {n} Tage"),
        Unit.WEEK: ("etwa jede Woche", "etwa alle {n} Wochen"),
        Unit.MONTH: ("etwa jeden Monat", "etwa alle {n} Monate"),
        Unit.YEAR: ("etwa jedes Jahr", "etwa alle {n} Jahre"),
    },
)
