"""English."""

from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.explain.languages.language import Chance, Language, Point, Reading, Unit
from recsvc.ranking.query import Placement, ReasonType

ENGLISH = Language(
    tag="en",
    name="English",
    quoted="“{title}”",
    between=", ",
    last=" and ",
    thousands=",",
    lists={
        Placement.FOR_YOU: "in your recommendations",
        Placement.DISCOVER: "in your suggestions of something new",
        Placement.BUY_AGAIN: "in the list of what you may want to buy again",
        Placement.SIMILAR: "in the list of similar products",
        Placement.BOUGHT_TOGETHER: "in the list of what goes with your cart",
        Placement.TRENDING: "in the list of what is popular now",
    },
    other_list="in that list",
    shown="{item} is number {rank} {where}.",
    shown_because="{item} is number {rank} {where}, because {why}.",
    reasons={
        ReasonType.BECAUSE_YOU_BOUGHT: ("you bought {items}",),
        ReasonType.YOUR_TASTE: ("it fits your taste",),
        ReasonType.YOU_BUY_THIS_REGULARLY: ("you buy it regularly",),
        ReasonType.YOU_BOUGHT_THIS: ("you bought it before",),
        ReasonType.SIMILAR_TO_ITEM: ("it is like {items}",),
        ReasonType.ALSO_BOUGHT: ("customers who chose {items} chose it too",),
        ReasonType.BOUGHT_WITH_YOUR_CART: ("it is often bought together with {items}",),
        ReasonType.TRENDING: ("more and more customers buy it",),
        ReasonType.POPULAR: ("many customers buy it",),
        ReasonType.PINNED: ("we chose that place for it",),
        ReasonType.NEW: ("it is new here and may suit you",),
    },
    readings={
        Reading.REGULARLY_EVERY: ("you buy it {every}, the last time {ago}",),
        Reading.BOUGHT_AGO: ("you bought it {ago}",),
        Reading.INTEREST: ("you showed an interest in {items}",),
        Reading.INTEREST_IN_IT: ("you showed an interest in it",),
        Reading.SOLD: ("other customers buy it",),
    },
    room_left="nothing else that fits was left and {why}",
    kept_out="{item} is not {where}, because {why}.",
    obstacles={
        Obstacle.HELD_OUT: "we show that list to some customers only, to find out how useful it is",
        Obstacle.UNKNOWN_ITEM: "we do not know yet who buys it",
        Obstacle.CONTEXT: "you are looking at it already, or have it in your cart",
        Obstacle.EXCLUDED: "the page asked for a list without it",
        Obstacle.DISLIKED: "you told us that you do not like it",
        Obstacle.WITHDRAWN: "we no longer sell it",
        Obstacle.OUT_OF_STOCK: "it is out of stock",
        Obstacle.NOT_YET_AVAILABLE: "it is not on sale yet",
        Obstacle.NO_LONGER_AVAILABLE: "it is no longer on sale",
        Obstacle.FILTER: "that list is limited to other products",
        Obstacle.RECENTLY_BOUGHT: "you bought it only recently",
        Obstacle.ALREADY_BOUGHT: "you bought it before, and that list holds only what is new to you",
        Obstacle.NEVER_BOUGHT: "that list holds only what you bought before",
        Obstacle.VARIANT_BOUGHT: (
            "you bought another variant of it, and that list holds only what is new to you"
        ),
        Obstacle.NOT_A_CANDIDATE: "we know too little to suggest it there",
        Obstacle.VARIANT: (
            "another variant of the product is in the list already, or is what you are looking at"
        ),
        Obstacle.CAP: "that list has enough products of its kind already",
        Obstacle.ROTATION: "it was shown to you often, and you did not turn to it",
        Obstacle.DIVERSITY: "it made room for products of other kinds",
    },
    ranked_too_low="{item} is not {where}: it is number {rank} of {among}, and {only}.",
    among=("{n} product that came into question", "{n} products that came into question"),
    only_shown=("only {n} is shown", "only {n} are shown"),
    none_shown="none can be shown now",
    crowded_out=(
        "{item} is not {where}: it is number {rank} of {among}, but its place was needed for another one."
    ),
    speaks_for="Also in its favour: {points}.",
    speaks_against="What speaks against it: {points}.",
    points={
        Point.TASTE: "how well it fits your taste",
        Point.COMPANY: "how often it is bought with what you buy",
        Point.INTERESTS: "how well it goes with what interests you",
        Point.KIND: "how much you buy of its kind",
        Point.OWN: "how often and how recently you bought it",
        Point.SALES: "how well it sells",
        Point.PRICE: "its price",
        Point.CHEAPER: "that it costs less than what you usually buy",
        Point.QUANTITY: "how many pieces are usually bought at a time",
        Point.LOYALTY: "how many customers buy it again",
    },
    counterpoints={
        Point.TASTE: "that other products fit your taste better",
        Point.COMPANY: "that other products are bought more often with what you buy",
        Point.INTERESTS: "that other products go better with what interests you",
        Point.KIND: "that you buy more of other kinds",
        Point.OTHER_KIND: "that it is of another kind than what you buy",
        Point.OWN: "how seldom or how long ago you bought it",
        Point.UNTRIED: "that it would be new to you",
        Point.SALES: "that other products sell better",
        Point.PRICE: "its price",
        Point.DEARER: "that it costs more than what you usually buy",
        Point.QUANTITY: "how many pieces are usually bought at a time",
        Point.LOYALTY: "that few customers buy it again",
    },
    standings={
        Standing.UNKNOWN: (
            "We know of nothing that you bought or looked at, so you see what any new customer sees."
        ),
        Standing.ERASED: (
            "Your data was erased when you asked for that, so you see what any new customer sees."
        ),
        Standing.GUEST: "We did not recognise you, so you see what any new customer sees.",
    },
    chances={
        Chance.LIKELY: "You are likely to want it again within the week.",
        Chance.POSSIBLE: "You may want it again within the week.",
        Chance.NOT_SOON: "You are not likely to want it again within the week.",
    },
    lately="very recently",
    ago={
        Unit.DAY: ("{n} day ago", "{n} days ago"),
        Unit.WEEK: ("about {n} week ago", "about {n} weeks ago"),
        Unit.MONTH: ("about {n} month ago", "about {n} months ago"),
        Unit.YEAR: ("about {n} year ago", "about {n} years ago"),
    },
    every={
        Unit.DAY: ("about every day", "about every {n} days"),
        Unit.WEEK: ("about every week", "about every {n} weeks"),
        Unit.MONTH: ("about every month", "about every {n} months"),
        Unit.YEAR: ("about every year", "about every {n} years"),
    },
)
