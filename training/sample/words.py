"""The words that product titles are made of. The makers are made up."""

STYLES = ("classic", "modern", "country", "bright", "natural")

# One row a style, in the order of STYLES.
COLOURS = (
    ("Navy", "Ivory", "Burgundy", "Bottle Green"),
    ("Charcoal", "White", "Slate Grey", "Matt Black"),
    ("Sage", "Cream", "Duck Egg", "Dusky Rose"),
    ("Coral", "Mustard", "Turquoise", "Raspberry"),
    ("Oatmeal", "Sand", "Clay", "Moss"),
)
MAKERS = (
    ("Ashcombe & Vale", "Old Quay", "Penrose Lane", "Thornfield", "Castle Row", "Marlow Hall", "Eastgate"),
    ("Studio Halm", "Form & Flint", "Norr", "Kubik", "Lund Works", "Grid House", "Object Twelve"),
    ("Mill Lane", "Hollow Farm", "Bramble Yard", "Dovecote Hill", "Wren Cottage", "Old Orchard", "Hay Barn"),
    ("Papaya Club", "Zinnia", "Hey Marlo", "Confetti Row", "Pom & Pip", "Lola Lemon", "Sunny Corner"),
    ("Fern & Fallow", "Wild Meadow", "Bare Earth", "Root & Reed", "Tidewood", "Green Acre", "Stone Pine"),
)
PRICE_OF_STYLE = (1.1, 1.2, 1.0, 0.8, 1.05)

ROASTS = ("House Blend", "Colombian", "Dark Roast", "Ethiopian", "Decaf", "Breakfast", "Italian Roast")
TEAS = (
    "English Breakfast",
    "Earl Grey",
    "Peppermint",
    "Green Sencha",
    "Chamomile",
    "Rooibos",
    "Lemon Ginger",
)
SWEETS = ("Sea Salt", "Hazelnut", "Orange", "Honey", "Salted Caramel", "Raspberry", "Ginger")
SAVOURIES = ("Rosemary", "Smoked Paprika", "Black Pepper", "Garlic", "Chilli", "Sea Salt", "Lemon")
OILS = ("Extra Virgin", "Cold Pressed", "Basil", "Lemon", "Garlic", "Chilli", "Unfiltered")
SPICES = ("Smoked", "Whole", "Ground", "Mild", "Hot", "Toasted", "Organic")
FLOURS = ("Strong White", "Wholemeal", "Rye", "Spelt", "Self-Raising", "Stoneground", "Gluten-Free")
SUGARS = ("Golden", "Fairtrade", "Unrefined", "Vanilla", "Fine", "Muscovado", "Organic")
MEATS = ("Chicken", "Salmon", "Beef", "Turkey", "Duck", "Lamb", "Tuna")
SCENTS = ("Lavender", "Fig", "Sandalwood", "Orange Blossom", "Cedar", "White Tea", "Bergamot")
FRESH = ("Fresh Cotton", "Lemon", "Lavender", "Sensitive", "Eucalyptus", "Unscented", "Aloe Vera")
FLOWERS = ("Meadow", "Cornflower", "Poppy", "Shade", "Bee-Friendly", "Butterfly", "Coastal")
TOMATOES = ("Cherry", "Beefsteak", "Heirloom", "Plum", "Yellow", "Bush", "Vine")
HERBS = ("Basil", "Rosemary", "Thyme", "Mint", "Sage", "Parsley", "Chives")
METALS = ("Brushed Steel", "Copper", "Enamel", "Brass", "Cast Iron", "Aluminium")
STEELS = ("Stainless Steel", "Non-Stick", "Carbon Steel", "Heavy-Gauge", "Anodised", "Loose-Base")
CERAMICS = ("Stoneware", "Porcelain", "Hand-Glazed", "Terracotta", "Speckled", "Ribbed")
GLASSES = ("Ribbed Glass", "Recycled Glass", "Crystal", "Smoked Glass", "Borosilicate", "Hand-Blown")
WOODS = ("Oak", "Acacia", "Beech", "Bamboo", "Walnut", "Olive Wood")
FABRICS = ("Linen", "Cotton", "Velvet", "Wool", "Quilted", "Waffle")
KNITS = ("Chunky Knit", "Lambswool", "Fleece", "Herringbone", "Cable Knit", "Tasselled")
WEAVES = ("Rattan", "Seagrass", "Jute", "Wicker", "Woven", "Rope")
PAPERS = ("Recycled", "Dotted", "Ruled", "Marbled", "Botanical", "Kraft")
PRINTS = ("Striped", "Floral", "Starry", "Gingham", "Woodland", "Polka Dot")
PETS = ("Padded", "Waterproof", "Reflective", "Leather", "Rope", "Tweed")
TOOLS = ("Ash-Handled", "Carbon Steel", "Telescopic", "Copper", "Rust-Proof", "Lightweight")
ANIMALS = ("Rabbit", "Bear", "Elephant", "Fox", "Otter", "Dinosaur")
LIGHTS = ("Rattan", "Brass", "Ceramic", "Linen", "Smoked Glass", "Concrete")

# Sizes of a pack or a thing, small to large: a larger one costs more and lasts longer.
GRAMS = ("250 g", "500 g", "1 kg")
SMALL_GRAMS = ("50 g", "100 g", "200 g")
KILOS = ("1.5 kg", "4 kg", "10 kg")
MILLILITRES = ("250 ml", "500 ml", "1 litre")
DROPS = ("10 ml", "20 ml", "50 ml")
LITRES = ("750 ml", "1.5 litres", "3 litres")
LITTERS = ("5 litres", "10 litres", "20 litres")
SACKS = ("10 litres", "25 litres", "50 litres")
BAGS = ("20 Bags", "50 Bags", "100 Bags")
PACKS = ("Pack of 20", "Pack of 40", "Pack of 80")
FEWS = ("Pack of 4", "Pack of 8", "Pack of 12")
SETS = ("Set of 2", "Set of 4", "Set of 6")
WIDTHS = ("20 cm", "24 cm", "28 cm")
SIZES = ("Small", "Medium", "Large")
BEDS = ("Single", "Double", "King Size")
PACKETS = ("1 Packet", "3 Packets", "5 Packets")
SHEETS = ("A6", "A5", "A4")
CANS = ("1 litre", "5 litres", "9 litres")
PAINTS = ("6 Colours", "12 Colours", "24 Colours")
ROLLS = ("3 m", "5 m", "10 m")
