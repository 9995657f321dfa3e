"""A figure as SVG that belongs to the page it stands in: the page's font, colours and width."""

import io
import re
from dataclasses import dataclass

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.figure import Figure

INK = "#1c2326"
MUTED = "#667078"
LINE = "#dedbd3"
PAPER = "#fdfcf9"
ACCENT = "#0a6c74"
_VARIABLES = {INK: "--ink", MUTED: "--muted", LINE: "--line", PAPER: "--paper", ACCENT: "--accent"}
"""Colours of a figure, and the CSS variable that takes the place of each."""

POINTS_PER_INCH = 72
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


@dataclass(frozen=True)
class Chart:
    """A drawing with its heading and the sentence below it."""

    heading: str
    drawing: Markup
    caption: str = ""


def inline_svg(figure: Figure, name: str, description: str) -> Markup:
    """Return ``figure`` as an element of an HTML page; the same figure gives the same text.

    Args:
        figure: drawn in the colours above.
        name: distinguishes the ids of this figure from those of others on the page.
        description: what it shows, for people who cannot see it.
    """
    file = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata=_NO_METADATA)
    text = file.getvalue()
    drawing = text[text.index(">", text.index("<svg")) + 1 :]
    width, height = figure.get_size_inches() * POINTS_PER_INCH
    head = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(description)}">'
    # matplotlib escapes the text of a figure; the description is escaped here.
    return Markup(head + _at_home(drawing))  # noqa: S704


def _at_home(drawing: str) -> str:
    """Let the page decide on fonts and colours, and drop the names of groups that nothing refers to."""
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing).replace("xlink:href", "href")
    drawing = re.sub(r" ?font-family: [^;\"]*;?", "", drawing)
    for colour, variable in _VARIABLES.items():
        drawing = drawing.replace(colour, f"var({variable})")
    return re.sub(r"<!--.*?-->\s*", "", drawing, flags=re.DOTALL)
