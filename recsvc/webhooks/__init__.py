"""What the shop's own systems are told of shoppers: when, to whom, at most how often, and how it gets there."""
