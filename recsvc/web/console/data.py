"""What the service knows, and what it could not use: catalogue, events, orders."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, abort, render_template, request
from werkzeug.datastructures import FileStorage

from recsvc.clock import now_us
from recsvc.model.registry import REPORTS
from recsvc.plain_file import read_plain_text
from recsvc.store.event import DAY_US
from recsvc.web.entry.abilities import Ability
from recsvc.web.order_look import (
    BusyError,
    OrderLook,
    UnseenError,
    look_at,
    one_at_a_time,
    private_folder,
    program,
)
from recsvc.web.page import Page, Routes

DAYS = 30
MAX_REPORT_BYTES = 2 * 2**20
MAX_NAME, MAX_COLUMNS = 100, 20

ROLE_WORDS = {
    "user_id": "Shopper",
    "item_id": "Product",
    "title": "Its title",
    "ordered_at": "When",
    "order_id": "Order",
    "quantity": "How many",
    "unit_price": "Price of one",
    "status": "Status",
    "cancelled_at": "Cancelled",
    "event": "What happened",
    "line_id": "Number of the line",
    "returned_quantity": "How many came back",
    "cancelled_quantity": "How many were not sent",
    "refunded_amount": "Paid back",
    "returned_at": "Came back on",
    "signed_amount": "Amount",
}
"""What a column was taken for, in words."""

EVENT_WORDS = {
    "purchase": "bought",
    "return": "sent back",
    "add_to_cart": "put into a cart",
    "view": "looked at",
    "wishlist": "put on a wish list",
    "like": "liked",
    "dislike": "disliked",
    "impression": "shown in a list",
    "click": "clicked in a list",
}

REASON_WORDS = {
    "erased": "The shopper asked to be forgotten.",
    "malformed_row": "The row cannot be split into the columns of the header.",
    "not_a_purchase": "The row is not a purchase, but a page view, a cart or a sum.",
    "missing_item": "The row names no item.",
    "damaged_id": "A spreadsheet turned the id into 9.78E+12, or it is too long.",
    "unreadable_quantity": "The quantity is no number.",
    "unreadable_price": "The price is no number.",
    "missing_date": "The row has no date.",
    "unreadable_date": "The date cannot be read.",
    "impossible_date": "The date is before 1990 or in the future.",
    "order_cancelled": "The order was cancelled, refunded or never paid.",
    "duplicate": "The row is there twice.",
    "not_a_product": "It is postage, a fee, a discount or a voucher.",
    "cancellation": "The row cancels an earlier purchase.",
    "return": "The row sends an earlier purchase back.",
    "refunded": "All of it came back or was never sent.",
    "zero_quantity": "Nothing was bought.",
    "zero_price": "It cost nothing.",
    "negative_price": "The price is below zero.",
    "returned": "All of it was sent back later.",
    "guest": "Nobody knows who bought it; it still teaches what is bought together.",
}
"""What the training job says of rows that it did not count as purchases of a shopper, by its code."""


@dataclass(frozen=True)
class Orders:
    """What the last training run read.

    Attributes:
        version: which run.
        rows, purchases: how many rows it read, and how many purchases of shoppers it took from them.
        rejected: in words, why rows did not count, and how many; most first.
        files: what it read: where, in which format, with how many rows.
        warnings: what it warned of.
    """

    version: str
    rows: int
    purchases: int
    rejected: tuple[tuple[str, int], ...]
    files: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]


def orders_of(directory: Path) -> Orders | None:
    """Return what the newest training report says of the rows it read; None where there is none."""
    reports = sorted(directory.glob("*/report.json"), reverse=True)
    path = next(
        (path for path in reports if path.is_file() and path.stat().st_size <= MAX_REPORT_BYTES), None
    )
    try:
        said = None if path is None else json.loads(read_plain_text(path))
    except (OSError, ValueError):
        said = None
    if path is None or not isinstance(said, dict):
        return None
    reasons = said.get("reasons")
    counts = {
        code: count.get("rows")
        for code, count in (reasons.items() if isinstance(reasons, dict) else ())
        if isinstance(count, dict)
    }
    rejected = [
        (REASON_WORDS.get(code, code), n) for code, n in counts.items() if isinstance(n, int) and n > 0
    ]
    files, warnings = said.get("files"), said.get("warnings")
    return Orders(
        path.parent.name,
        _whole(said.get("rows")),
        _whole(said.get("purchases")),
        tuple(sorted(rejected, key=lambda one: -one[1])),
        tuple(file for file in files if isinstance(file, dict)) if isinstance(files, list) else (),
        tuple(map(str, warnings)) if isinstance(warnings, list) else (),
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _keep(file: FileStorage, path: Path) -> int:
    """Write what was sent to ``path``, which nobody else can read; return its size in bytes."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
            file.save(kept)
    except OSError as error:
        abort(503, f"There is no room for the file here: {error.strerror}. Look at it where the job runs.")
    return path.stat().st_size


def called(sent: str) -> str:
    """Return the name of a file as a browser sends it, in one short line."""
    name = "".join(letter if letter.isprintable() else " " for letter in sent.replace("\\", "/"))
    return name.rpartition("/")[2].strip()[:MAX_NAME] or "the file"


def _options() -> list[str]:
    """Return the answers to earlier questions as options of the training job."""
    options = []
    for field, most in (("date-format", 60), ("encoding", 30)):
        if value := request.form.get(field, "").strip()[:most]:
            options.append(f"--{field}={value}")
    if request.form.get("decimal-mark") in (".", ","):
        options.append(f"--decimal-mark={request.form['decimal-mark']}")
    lines = request.form.get("columns", "").splitlines()[:MAX_COLUMNS]
    options += [f"--column={line.strip()[:200]}" for line in lines if line.strip()]
    if "\0" in "".join(options):
        abort(422, "An answer holds a character that no option can have.")
    return options


def _looked(name: str, found: OrderLook | None, problem: str, max_look_bytes: int) -> str:
    return render_template(
        "console/data_look.html",
        name=name,
        found=found,
        problem=problem,
        reasons=REASON_WORDS,
        roles=ROLE_WORDS,
        max_look_bytes=max_look_bytes,
    )


def _add(routes: Routes) -> None:
    site = routes.site
    registry = site.service.registry

    @routes.show()
    def data() -> str:
        moment = now_us()
        counts, live = site.service.store.counts, site.service.live_model.version
        return render_template(
            "console/data.html",
            items=counts.items(moment),
            events=counts.events(moment - DAYS * DAY_US),
            event_words=EVENT_WORDS,
            roles=ROLE_WORDS,
            days=DAYS,
            manifest=None if live is None else live.manifest,
            orders=orders_of(registry.directory / REPORTS),
            can_look=program() is not None,
            max_look_bytes=site.settings.max_look_bytes,
            seconds_since=lambda us: (moment - us) / 1e6,
        )

    @routes.act("/look", needs=Ability.SEE_DATA)
    def look() -> str | Response:
        command = program()
        if command is None:
            abort(503, "This container has the service alone. Run recsvc-train look where the job runs.")
        file = request.files.get("orders")
        if file is None or not file.filename:
            abort(422, "Choose a file first.")
        options, name, most = _options(), called(file.filename), site.settings.max_look_bytes
        found, problem = None, ""
        try:
            with one_at_a_time(command), private_folder() as folder:
                path = folder / "orders"
                size = _keep(file, path)
                found = look_at(command, path, name, options)
        except BusyError:
            problem = "Another file is being looked at just now. Try again in a minute."
            return Response(_looked(name, None, problem, most), 503)
        except UnseenError as error:
            problem = str(error)
        noted = {"bytes": size, "format": found.format if found else None}
        routes.note("file-looked-at", "orders", noted)
        return Response(_looked(name, found, problem, most), 200 if found else 422)


PAGE = Page("data", "Data", Ability.SEE_DATA, _add)
