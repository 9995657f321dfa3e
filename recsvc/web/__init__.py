"""Pages for people: the console, the demo shop and the widget; a sibling of ``recsvc.api``."""
