"""A picture for an item that has none: drawn from its id, category and title, the same each time."""

import hashlib
from urllib.parse import quote

from markupsafe import escape

SIZE = 240
_HUES = 24


def address_of(item_id: str, image_url: object = None) -> str:
    """Return where the picture of an item is: the shop's own if it comes by HTTPS, else the one that is drawn."""
    return (
        str(image_url)
        if isinstance(image_url, str) and image_url.startswith("https://")
        else drawn_at(item_id)
    )


def drawn_at(item_id: str) -> str:
    """Return where the drawn picture of an item is."""
    return f"/console/picture/{quote(item_id, safe='')}.svg"


def draw(item_id: str, title: str | None, category: str | None) -> str:
    """Return an SVG: a colour and a pattern for the category, and the first letters of the title.

    Items of one category look alike; the item decides where its pattern begins.
    """
    of_category = hashlib.sha256((category or "").encode("utf-8", "replace")).digest()
    of_item = hashlib.sha256(item_id.encode("utf-8", "replace")).digest()
    hue = of_category[0] % _HUES * (360 // _HUES)
    dark, light, paper = f"hsl({hue} 32% 30%)", f"hsl({hue} 34% 74%)", f"hsl({hue} 30% 88%)"
    shapes = _PATTERNS[of_category[1] % len(_PATTERNS)](of_item, light)
    letters = escape(initials(title or item_id))
    label = escape(title or item_id)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{label}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{paper}"/>{shapes}'
        f'<text x="120" y="132" text-anchor="middle" dominant-baseline="middle" fill="{dark}" '
        f'font-family="Georgia, serif" font-size="84">{letters}</text></svg>'
    )


def initials(title: str) -> str:
    """Return the first letters of the first two words."""
    words = [word for word in title.split() if word[:1].isalnum()] or [title.strip() or "?"]
    return "".join(word[0] for word in words[:2]).upper()


def _circles(seed: bytes, colour: str) -> str:
    return "".join(
        f'<circle cx="{seed[i] % SIZE}" cy="{seed[i + 1] % SIZE}" r="{28 + seed[i + 2] % 46}" fill="{colour}" '
        f'fill-opacity=".55"/>'
        for i in (0, 3, 6)
    )


def _stripes(seed: bytes, colour: str) -> str:
    start = seed[0] % 60 - 60
    return "".join(
        f'<path d="M{start + 60 * i} 0h26l120 {SIZE}h-26z" fill="{colour}" fill-opacity=".5"/>'
        for i in range(5)
    )


def _hills(seed: bytes, colour: str) -> str:
    first, second = 110 + seed[0] % 60, 150 + seed[1] % 50
    return (
        f'<path d="M0 {first}Q60 {first - 60} 120 {first}T240 {first}V240H0z" fill="{colour}" fill-opacity=".5"/>'
        f'<path d="M0 {second}Q60 {second + 40} 120 {second}T240 {second}V240H0z" fill="{colour}" fill-opacity=".6"/>'
    )


def _arches(seed: bytes, colour: str) -> str:
    x = 60 + seed[0] % 120
    return "".join(
        f'<circle cx="{x}" cy="240" r="{r}" fill="none" stroke="{colour}" stroke-width="20" stroke-opacity=".6"/>'
        for r in (60, 110, 160, 210)
    )


_PATTERNS = (_circles, _stripes, _hills, _arches)
