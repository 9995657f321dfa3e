"""The aisles of the shop: what is sold there, how often it is needed again, and when its season is."""

from dataclasses import dataclass

from training.sample import words as w


@dataclass(frozen=True)
class ProductType:
    """A kind of product: the noun in the title.

    Attributes:
        noun: unique in the shop.
        price: median, of the middle size.
        adjectives: what the title may say of it.
        sizes: small, medium, large; none: it comes in the colours of its style.
        every_days: how long the middle size lasts; 0 for what is bought once.
    """

    noun: str
    price: float
    adjectives: tuple[str, ...]
    sizes: tuple[str, ...] = ()
    every_days: int = 0


@dataclass(frozen=True)
class Aisle:
    """A category of the shop.

    Attributes:
        category: its path, as the catalogue shows it.
        prefix: of its item ids.
        share: how much is sold here, against 1 for a usual aisle.
        peak: month and day of its season.
        swing: how far demand rises at the peak; 0.5 is half as much again.
        types: what is sold.
    """

    category: str
    prefix: str
    share: float
    peak: tuple[int, int]
    swing: float
    types: tuple[ProductType, ...]


T = ProductType  # a short name keeps the table one line a product
# A small shop has the first few aisles; those in front need each other for baskets that make sense.
AISLES = (
    Aisle("Kitchen > Coffee", "COF", 1.3, (1, 15), 0.2, (
        T("Coffee Beans", 9.0, w.ROASTS, w.GRAMS, 28),
        T("Ground Coffee", 7.5, w.ROASTS, w.GRAMS, 28),
        T("Paper Coffee Filters", 3.2, ("Unbleached", "Bamboo", "White", "Cone"), w.PACKS, 56),
        T("Coffee Machine", 95.0, ("Filter", "Compact", "Bean-to-Cup", "Programmable")),
        T("Stovetop Espresso Maker", 29.0, w.METALS),
        T("Coffee Mug", 9.5, w.CERAMICS),
        T("Descaler", 6.0, ("Citrus", "Liquid", "Gentle", "Fast-Acting"), w.MILLILITRES, 84),
    )),
    Aisle("Pets > Dog", "DOG", 1.2, (11, 20), 0.1, (
        T("Dry Dog Food", 24.0, w.MEATS, w.KILOS, 28),
        T("Dog Treats", 4.5, w.MEATS, w.SMALL_GRAMS, 20),
        T("Dog Poo Bags", 4.0, ("Compostable", "Lavender", "Extra Strong", "Tie-Handle"), w.PACKS, 28),
        T("Dog Lead", 16.0, w.PETS),
        T("Dog Collar", 12.0, w.PETS),
        T("Dog Bed", 48.0, ("Orthopaedic", "Plush", "Tweed", "Raised"), w.SIZES),
        T("Dog Blanket", 19.0, w.KNITS),
        T("Chew Toy", 7.0, ("Rope", "Rubber", "Squeaky", "Antler-Shaped")),
    )),
    Aisle("Garden > Seeds & Plants", "SEE", 1.0, (4, 20), 3.0, (
        T("Wildflower Seeds", 2.4, w.FLOWERS, w.PACKETS),
        T("Tomato Seeds", 2.6, w.TOMATOES, w.PACKETS),
        T("Herb Plant", 3.9, w.HERBS, ("9 cm", "13 cm", "17 cm")),
        T("Seed Tray", 6.5, ("Recycled", "Deep", "Self-Watering", "Bamboo"), w.SIZES),
        T("Plant Pot", 14.0, w.CERAMICS, w.WIDTHS),
        T("Plant Saucer", 5.5, w.CERAMICS, w.WIDTHS),
        T("Potting Compost", 8.0, ("Peat-Free", "Multi-Purpose", "Seedling", "Ericaceous"), w.SACKS, 42),
    )),
    Aisle("Pets > Cat", "CAT", 1.1, (11, 20), 0.1, (
        T("Dry Cat Food", 15.0, w.MEATS, w.KILOS, 28),
        T("Cat Food Pouches", 6.0, w.MEATS, w.FEWS, 14),
        T("Cat Litter", 9.0, ("Clumping", "Wood Pellet", "Silica", "Plant-Based"), w.LITTERS, 28),
        T("Cat Litter Tray", 18.0, ("Hooded", "High-Sided", "Corner", "Low-Entry")),
        T("Cat Scratcher", 27.0, ("Sisal", "Cardboard", "Wall-Mounted", "Jute"), w.SIZES),
        T("Cat Toy", 5.0, ("Feather", "Catnip", "Felt", "Crinkle")),
    )),
    Aisle("Kitchen > Baking", "BAK", 1.1, (12, 5), 1.2, (
        T("Bread Flour", 3.4, w.FLOURS, w.GRAMS, 28),
        T("Baking Sugar", 2.9, w.SUGARS, w.GRAMS, 42),
        T("Muffin Cases", 2.8, w.PRINTS, w.PACKS, 42),
        T("Baking Parchment", 3.5, ("Unbleached", "Pre-Cut", "Compostable", "Extra Wide"), w.ROLLS, 56),
        T("Cake Tin", 14.0, w.STEELS, w.WIDTHS),
        T("Muffin Tray", 12.0, w.STEELS),
        T("Mixing Bowl", 16.0, w.CERAMICS, w.SIZES),
        T("Rolling Pin", 11.0, w.WOODS),
    )),
    Aisle("Home > Candles & Scent", "CAN", 1.0, (12, 8), 1.2, (
        T("Scented Candle", 14.0, w.SCENTS, w.SMALL_GRAMS, 42),
        T("Essential Oil", 7.5, w.SCENTS, w.DROPS, 56),
        T("Oil Diffuser", 32.0, w.CERAMICS),
        T("Tea Lights", 4.5, w.SCENTS, w.FEWS, 42),
        T("Candle Holder", 13.0, w.GLASSES),
        T("Room Spray", 9.5, w.SCENTS, w.MILLILITRES, 56),
    )),
    Aisle("Cleaning > Laundry", "LAU", 1.2, (3, 25), 0.1, (
        T("Laundry Liquid", 8.5, w.FRESH, w.LITRES, 42),
        T("Washing Powder", 8.0, w.FRESH, w.KILOS, 42),
        T("Fabric Softener", 5.0, w.FRESH, w.LITRES, 42),
        T("Dishwasher Tablets", 9.5, ("Lemon", "All-in-One", "Plastic-Free", "Phosphate-Free"), w.PACKS, 35),
        T("Clothes Airer", 34.0, ("Folding", "Wall-Mounted", "Three-Tier", "Wooden")),
        T("Laundry Basket", 27.0, w.WEAVES, w.SIZES),
    )),
    Aisle("Kitchen > Tea", "TEA", 0.9, (1, 10), 0.6, (
        T("Tea Bags", 4.2, w.TEAS, w.BAGS, 28),
        T("Loose Leaf Tea", 7.0, w.TEAS, w.SMALL_GRAMS, 35),
        T("Teapot", 27.0, w.CERAMICS),
        T("Tea Strainer", 8.0, ("Brass", "Mesh", "Copper", "Hinged")),
        T("Tea Cup & Saucer", 13.0, w.CERAMICS),
        T("Tea Caddy", 12.0, w.METALS),
    )),
    Aisle("Home > Cushions & Throws", "CUS", 1.0, (10, 25), 0.5, (
        T("Cushion Cover", 16.0, w.FABRICS),
        T("Cushion Pad", 9.0, ("Feather", "Hollowfibre", "Duck Down", "Wool"), w.SIZES),
        T("Throw", 42.0, w.KNITS),
        T("Floor Cushion", 38.0, w.FABRICS),
        T("Rug", 78.0, w.WEAVES, w.SIZES),
        T("Curtain Pair", 52.0, w.FABRICS),
    )),
    Aisle("Pantry > Snacks & Sweets", "SNA", 1.3, (12, 12), 0.6, (
        T("Dark Chocolate Bar", 3.4, w.SWEETS, w.SMALL_GRAMS, 20),
        T("Shortbread", 3.8, w.SWEETS, w.SMALL_GRAMS, 28),
        T("Granola", 5.5, w.SWEETS, w.GRAMS, 20),
        T("Crackers", 2.9, w.SAVOURIES, w.SMALL_GRAMS, 20),
        T("Roasted Nuts", 4.6, w.SAVOURIES, w.SMALL_GRAMS, 28),
        T("Snack Bowl", 11.0, w.WOODS, w.SETS),
    )),
    Aisle("Kids > Toys & Play", "KID", 1.0, (12, 14), 2.2, (
        T("Building Blocks", 24.0, ("Wooden", "Magnetic", "Alphabet", "Rainbow"), w.SIZES),
        T("Jigsaw Puzzle", 13.0, w.PRINTS, ("24 Pieces", "48 Pieces", "100 Pieces")),
        T("Soft Toy", 17.0, w.ANIMALS, w.SIZES),
        T("Train Set", 36.0, ("Wooden", "Clockwork", "Magnetic", "Farmyard"), w.SIZES),
        T("Paint Set", 11.0, ("Washable", "Watercolour", "Finger", "Poster"), w.PAINTS),
        T("Sketch Pad", 5.5, w.PAPERS, w.SHEETS, 56),
        T("Baby Wipes", 3.2, w.FRESH, w.PACKS, 14),
    )),
    Aisle("Kitchen > Cookware", "COO", 0.9, (11, 25), 0.5, (
        T("Frying Pan", 34.0, w.STEELS, w.WIDTHS),
        T("Saucepan", 38.0, w.METALS, w.WIDTHS),
        T("Casserole Dish", 56.0, w.METALS, w.WIDTHS),
        T("Chopping Board", 22.0, w.WOODS, w.SIZES),
        T("Kitchen Knife", 29.0, ("Santoku", "Damascus", "Forged", "Folding"), w.SIZES),
        T("Knife Sharpener", 19.0, ("Ceramic", "Diamond", "Two-Stage", "Pocket")),
    )),
    Aisle("Pantry > Oils & Spices", "OIL", 1.0, (11, 15), 0.3, (
        T("Olive Oil", 10.5, w.OILS, w.MILLILITRES, 42),
        T("Balsamic Vinegar", 8.0, ("Aged", "White", "Fig", "Organic"), w.MILLILITRES, 56),
        T("Paprika", 2.9, w.SPICES, w.SMALL_GRAMS, 56),
        T("Cumin Seeds", 2.7, w.SPICES, w.SMALL_GRAMS, 56),
        T("Pasta Sauce", 3.9, w.SAVOURIES, w.GRAMS, 14),
        T("Pepper Mill", 23.0, w.WOODS, w.SIZES),
    )),
    Aisle("Garden > Tools & Wildlife", "GAR", 0.9, (5, 10), 1.8, (
        T("Hand Trowel", 12.0, w.TOOLS),
        T("Secateurs", 21.0, w.TOOLS),
        T("Watering Can", 24.0, ("Galvanised", "Copper", "Zinc", "Enamel"), w.CANS),
        T("Gardening Gloves", 9.0, ("Leather", "Bamboo", "Thorn-Proof", "Cotton"), w.SIZES),
        T("Plant Food", 6.5, ("Tomato", "Seaweed", "Rose", "All-Purpose"), w.MILLILITRES, 42),
        T("Bird Feeder", 17.0, w.METALS),
        T("Bird Seed", 7.5, ("Sunflower Heart", "Robin", "High-Energy", "No-Mess"), w.KILOS, 28),
    )),
    Aisle("Home > Bed & Bath", "BED", 1.0, (1, 8), 0.6, (
        T("Duvet Cover", 46.0, w.FABRICS, w.BEDS),
        T("Pillowcase Pair", 18.0, w.FABRICS),
        T("Bath Towel", 17.0, ("Waffle", "Egyptian Cotton", "Ribbed", "Turkish"), w.SIZES),
        T("Hand Soap", 5.5, w.SCENTS, w.MILLILITRES, 42),
        T("Bath Mat", 21.0, w.FABRICS),
        T("Soap Dish", 10.0, w.CERAMICS),
    )),
    Aisle("Office > Stationery", "STA", 0.9, (9, 1), 1.2, (
        T("Notebook", 9.0, w.PAPERS, w.SHEETS, 84),
        T("Fountain Pen", 26.0, ("Brass", "Slim", "Demonstrator", "Piston")),
        T("Ink Cartridges", 4.5, ("Royal Blue", "Black", "Sepia", "Violet"), w.FEWS, 42),
        T("Desk Organiser", 24.0, w.WOODS, w.SIZES),
        T("Fineliner Pens", 8.0, ("Pastel", "Archival", "Brush-Tip", "Dual-Tip"), w.SETS, 84),
        T("Wall Planner", 12.0, w.PAPERS, w.SHEETS),
    )),
    Aisle("Home > Lighting", "LIG", 0.8, (11, 5), 0.7, (
        T("Table Lamp", 48.0, w.LIGHTS),
        T("Floor Lamp", 94.0, w.LIGHTS),
        T("Pendant Shade", 39.0, w.LIGHTS, w.WIDTHS),
        T("LED Bulb", 5.5, ("Warm White", "Filament", "Dimmable", "Globe"), w.SETS),
        T("Fairy Lights", 14.0, ("Copper Wire", "Star", "Solar", "Cluster"), w.ROLLS),
    )),
    Aisle("Kitchen > Tableware", "TAB", 1.0, (12, 1), 0.6, (
        T("Dinner Plate", 11.0, w.CERAMICS, w.SETS),
        T("Cereal Bowl", 9.0, w.CERAMICS, w.SETS),
        T("Wine Glass", 12.0, w.GLASSES, w.SETS),
        T("Tumbler", 8.0, w.GLASSES, w.SETS),
        T("Table Runner", 19.0, w.FABRICS),
        T("Paper Napkins", 4.0, w.PRINTS, w.PACKS, 42),
    )),
    Aisle("Garden > Outdoor Living", "OUT", 0.8, (6, 25), 2.6, (
        T("Barbecue", 89.0, ("Kettle", "Portable", "Bucket", "Table-Top")),
        T("Barbecue Charcoal", 9.5, ("Instant-Light", "Coconut", "Lumpwood", "Oak"), w.KILOS, 28),
        T("Picnic Blanket", 28.0, w.KNITS),
        T("Garden Lantern", 23.0, w.METALS, w.SIZES),
        T("Deck Chair", 62.0, w.WOODS),
        T("Parasol", 74.0, ("Tilting", "Fringed", "Cantilever", "Scalloped"), w.SIZES),
    )),
    Aisle("Gifts > Cards & Wrap", "GIF", 0.9, (12, 12), 5.0, (
        T("Wrapping Paper", 4.5, w.PRINTS, w.ROLLS),
        T("Gift Ribbon", 3.2, ("Satin", "Grosgrain", "Velvet", "Cotton"), w.ROLLS),
        T("Gift Tags", 2.9, w.PAPERS, w.FEWS),
        T("Greeting Card", 2.8, w.PRINTS, w.FEWS),
        T("Gift Hamper", 44.0, ("Cheese", "Chocolate", "Afternoon Tea", "Breakfast"), w.SIZES),
        T("Photo Frame", 15.0, w.WOODS, w.SHEETS),
    )),
)  # fmt: skip

# What is bought together: the first calls for the others.
COMPANIONS = (
    ("Coffee Machine", ("Paper Coffee Filters", "Descaler")),
    ("Stovetop Espresso Maker", ("Ground Coffee",)),
    ("Dog Lead", ("Dog Collar",)),
    ("Dog Bed", ("Dog Blanket",)),
    ("Plant Pot", ("Plant Saucer", "Potting Compost")),
    ("Seed Tray", ("Tomato Seeds",)),
    ("Cat Litter Tray", ("Cat Litter",)),
    ("Muffin Tray", ("Muffin Cases",)),
    ("Cake Tin", ("Baking Parchment",)),
    ("Oil Diffuser", ("Essential Oil",)),
    ("Candle Holder", ("Tea Lights",)),
    ("Teapot", ("Loose Leaf Tea", "Tea Strainer")),
    ("Cushion Cover", ("Cushion Pad",)),
    ("Paint Set", ("Sketch Pad",)),
    ("Kitchen Knife", ("Knife Sharpener",)),
    ("Bird Feeder", ("Bird Seed",)),
    ("Duvet Cover", ("Pillowcase Pair",)),
    ("Fountain Pen", ("Ink Cartridges",)),
    ("Table Lamp", ("LED Bulb",)),
    ("Barbecue", ("Barbecue Charcoal",)),
    ("Wrapping Paper", ("Gift Ribbon", "Gift Tags")),
)
