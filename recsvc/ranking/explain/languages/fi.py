"""Finnish: "tuote" stands before a title and takes its case, so that titles stay as they are."""

from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.explain.languages.language import Chance, Language, Point, Reading, Unit
from recsvc.ranking.query import Placement, ReasonType

FINNISH = Language(
    tag="fi",
    name="Suomi",
    quoted="”{title}”",
    between=", ",
    last=" ja ",
    thousands="\u00a0",
    lists={
        Placement.FOR_YOU: "suosituksissasi",
        Placement.DISCOVER: "sinulle ehdotettujen uusien tuotteiden listalla",
        Placement.BUY_AGAIN: "uudelleen ostettavien tuotteidesi listalla",
        Placement.SIMILAR: "samankaltaisten tuotteiden listalla",
        Placement.BOUGHT_TOGETHER: "ostoskoriisi sopivien tuotteiden listalla",
        Placement.TRENDING: "juuri nyt suosittujen tuotteiden listalla",
    },
    other_list="kyseisellä listalla",
    shown="{item} on {where} sijalla {rank}.",
    shown_because="{item} on {where} sijalla {rank}, koska {why}.",
    reasons={
        ReasonType.BECAUSE_YOU_BOUGHT: ("ostit tuotteen {items}", "ostit tuotteet {items}"),
        ReasonType.YOUR_TASTE: ("se sopii makuusi",),
        ReasonType.YOU_BUY_THIS_REGULARLY: ("ostat sitä säännöllisesti",),
        ReasonType.YOU_BOUGHT_THIS: ("olet ostanut tämän tuotteen aiemmin",),
        ReasonType.SIMILAR_TO_ITEM: ("se muistuttaa tuotetta {items}", "se muistuttaa tuotteita {items}"),
        ReasonType.ALSO_BOUGHT: (
            "tuotteen {items} valinneet asiakkaat valitsivat myös sen",
            "tuotteet {items} valinneet asiakkaat valitsivat myös sen",
        ),
        ReasonType.BOUGHT_WITH_YOUR_CART: (
            "sitä ostetaan usein yhdessä tuotteen {items} kanssa",
            "sitä ostetaan usein yhdessä tuotteiden {items} kanssa",
        ),
        ReasonType.TRENDING: ("yhä useampi asiakas ostaa sitä",),
        ReasonType.POPULAR: ("moni asiakas ostaa sitä",),
        ReasonType.PINNED: ("valitsimme sille sen paikan",),
        ReasonType.NEW: ("se on meillä uusi ja voi sopia sinulle",),
    },
    readings={
        Reading.REGULARLY_EVERY: ("ostat sitä {every}, viimeksi {ago}",),
        Reading.BOUGHT_AGO: ("ostit tämän tuotteen {ago}",),
        Reading.INTEREST: (
            "olet osoittanut kiinnostusta tuotteeseen {items}",
            "olet osoittanut kiinnostusta tuotteisiin {items}",
        ),
        Reading.INTEREST_IN_IT: ("olet osoittanut kiinnostusta siihen",),
        Reading.SOLD: ("muut asiakkaat ostavat sitä",),
    },
    room_left="muuta sopivaa ei enää löytynyt ja {why}",
    kept_out="{item} ei ole {where}, koska {why}.",
    obstacles={
        Obstacle.HELD_OUT: "näytämme kyseistä listaa vain osalle asiakkaista nähdäksemme, mitä hyötyä siitä on",
        Obstacle.UNKNOWN_ITEM: "emme vielä tiedä, kuka sitä ostaa",
        Obstacle.CONTEXT: "katselet sitä jo tai se on ostoskorissasi",
        Obstacle.EXCLUDED: "sivu pyysi listaa ilman sitä",
        Obstacle.DISLIKED: "olet kertonut, ettet pidä siitä",
        Obstacle.WITHDRAWN: "emme enää myy sitä",
        Obstacle.OUT_OF_STOCK: "se on loppunut varastosta",
        Obstacle.NOT_YET_AVAILABLE: "se ei ole vielä myynnissä",
        Obstacle.NO_LONGER_AVAILABLE: "se ei ole enää myynnissä",
        Obstacle.FILTER: "kyseinen lista on rajattu muihin tuotteisiin",
        Obstacle.RECENTLY_BOUGHT: "ostit sen vasta äskettäin",
        Obstacle.ALREADY_BOUGHT: (
            "olet ostanut sen aiemmin, ja kyseisellä listalla on vain sinulle uusia tuotteita"
        ),
        Obstacle.NEVER_BOUGHT: "kyseisellä listalla on vain tuotteita, joita olet ostanut aiemmin",
        Obstacle.VARIANT_BOUGHT: (
            "olet ostanut siitä toisen version, ja kyseisellä listalla on vain sinulle uusia tuotteita"
        ),
        Obstacle.NOT_A_CANDIDATE: "tiedämme liian vähän ehdottaaksemme sitä siellä",
        Obstacle.VARIANT: "tuotteen toinen versio on jo listalla tai katselet sitä parhaillaan",
        Obstacle.CAP: "kyseisellä listalla on jo riittävästi samanlaisia tuotteita",
        Obstacle.ROTATION: "sitä on näytetty sinulle usein, mutta et ole valinnut sitä",
        Obstacle.DIVERSITY: "se väistyi muunlaisten tuotteiden tieltä",
    },
    ranked_too_low="{item} ei ole {where}: se on sijalla {rank}, kun {among}, ja {only}.",
    among=("ehdolla oli {n} tuote", "ehdolla oli {n} tuotetta"),
    only_shown=("niistä näytetään vain {n}",),
    none_shown="niistä ei voida nyt näyttää yhtäkään",
    crowded_out=(
        "{item} ei ole {where}: se on sijalla {rank}, kun {among}, mutta sen paikka tarvittiin toiselle "
        "tuotteelle."
    ),
    speaks_for="Sen puolesta puhuu myös: {points}.",
    speaks_against="Sitä vastaan puhuu: {points}.",
    points={
        Point.TASTE: "kuinka hyvin se sopii makuusi",
        Point.COMPANY: "kuinka usein sitä ostetaan yhdessä ostamiesi tuotteiden kanssa",
        Point.INTERESTS: "kuinka hyvin se sopii kiinnostuksesi kohteisiin",
        Point.KIND: "kuinka paljon ostat samanlaisia tuotteita",
        Point.OWN: "kuinka usein ja milloin viimeksi olet ostanut sitä",
        Point.SALES: "kuinka hyvin se käy kaupaksi",
        Point.PRICE: "hinta",
        Point.CHEAPER: "matalampi hinta kuin ostoksissasi yleensä",
        Point.QUANTITY: "kuinka monta kappaletta sitä yleensä ostetaan kerralla",
        Point.LOYALTY: "kuinka moni asiakas ostaa sitä uudelleen",
    },
    counterpoints={
        Point.TASTE: "muut tuotteet sopivat paremmin makuusi",
        Point.COMPANY: "muita tuotteita ostetaan useammin yhdessä ostamiesi tuotteiden kanssa",
        Point.INTERESTS: "muut tuotteet sopivat paremmin kiinnostuksesi kohteisiin",
        Point.KIND: "ostat enemmän muunlaisia tuotteita",
        Point.OTHER_KIND: "se on erilainen kuin ostamasi tuotteet",
        Point.OWN: "olet ostanut sitä harvoin tai siitä on jo aikaa",
        Point.UNTRIED: "se olisi sinulle uusi",
        Point.SALES: "muut tuotteet käyvät paremmin kaupaksi",
        Point.PRICE: "hinta",
        Point.DEARER: "sen hinta on korkeampi kuin ostoksissasi yleensä",
        Point.QUANTITY: "kuinka monta kappaletta sitä yleensä ostetaan kerralla",
        Point.LOYALTY: "vain harva asiakas ostaa sitä uudelleen",
    },
    standings={
        Standing.UNKNOWN: (
            "Emme tiedä, mitä olet ostanut tai katsellut, joten näet saman kuin kuka tahansa uusi asiakas."
        ),
        Standing.ERASED: "Tietosi poistettiin pyynnöstäsi, joten näet saman kuin kuka tahansa uusi asiakas.",
        Standing.GUEST: "Emme tunnistaneet sinua, joten näet saman kuin kuka tahansa uusi asiakas.",
    },
    chances={
        Chance.LIKELY: "Haluat sen todennäköisesti uudelleen viikon sisällä.",
        Chance.POSSIBLE: "Saatat haluta sen uudelleen viikon sisällä.",
        Chance.NOT_SOON: "Tuskin haluat sitä uudelleen vielä viikon sisällä.",
    },
    lately="aivan äskettäin",
    ago={
        Unit.DAY: ("{n} päivä sitten", "{n} päivää sitten"),
        Unit.WEEK: ("noin {n} viikko sitten", "noin {n} viikkoa sitten"),
        Unit.MONTH: ("noin {n} kuukausi sitten", "noin {n} kuukautta sitten"),
        Unit.YEAR: ("noin {n} vuosi sitten", "noin {n} vuotta sitten"),
    },
    every={
        Unit.DAY: ("lähes joka päivä", "noin {n} päivän välein"),
        Unit.WEEK: ("noin viikon välein", "noin {n} viikon välein"),
        Unit.MONTH: ("noin kuukauden välein", "noin {n} kuukauden välein"),
        Unit.YEAR: ("noin vuoden välein", "noin {n} vuoden välein"),
    },
)
