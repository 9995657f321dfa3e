"""A list made on the shop's server, with the client. RECSVC_URL and RECSVC_KEY come from its environment."""

import os
from html import escape

from recsvc_client import Client

RECSVC = Client(os.environ["RECSVC_URL"], key=os.environ["RECSVC_KEY"], timeout_seconds=0.2)


def for_you(user_id: str) -> str:
    """Return the HTML of the list of a shopper."""
    shown = RECSVC.recommend(user_id, placement="for_you", n=6, fields=("title", "url"), fallback=[])
    rows = (
        f'<li><a href="{escape(item.get("url") or "#")}">{escape(item.get("title") or item["item_id"])}</a></li>'
        for item in shown.items
    )
    if not shown.items:
        return '<p><a href="/bestsellers">See what others like</a></p>'
    return f"<h2>For you</h2>\n<ul>\n{chr(10).join(rows)}\n</ul>"


if __name__ == "__main__":
    print(for_you("17850"))
