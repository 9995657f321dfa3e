"""Every call that the guides show is made, in their order, and answered as they say."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
FILES = {"@items.ndjson": '{"item_id": "22425"}\n'}


@dataclass
class Call:
    """A curl command; ``answer`` is what the guide prints below it."""

    answer: str
    url: str = ""
    method: str = "GET"
    content_type: str = ""
    body: str | None = None

    @classmethod
    def of(cls, command: str, answer: str) -> "Call":
        call, arguments = cls(answer), iter(shlex.split(command)[1:])
        for argument in arguments:
            match argument:
                case "-X":
                    call.method = next(arguments)
                case "-H":
                    call.content_type = next(arguments).removeprefix("Content-Type: ")
                case "-d" | "--data-binary":
                    value = next(arguments)
                    call.body = FILES.get(value, value)
                    call.method = "POST" if call.method == "GET" else call.method
                case url if url.startswith("http"):
                    call.url = url
                case _:
                    assert argument == "-i", f"what does curl {argument} do?"
        return call

    def send(self, client: FlaskClient) -> Any:
        url = urlsplit(self.url)
        return client.open(
            url.path,
            query_string=url.query,
            method=self.method,
            data=self.body,
            content_type=self.content_type or None,
        )


def calls(guide: str) -> Iterator[Call]:
    for block in re.findall(r"```console\n(.*?)```", (GUIDES / guide).read_text(), re.DOTALL):
        for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            # A quoted body goes on over several lines; the command ends where its quotes do.
            lines, n_lines = shown.splitlines(), 1
            while "\n".join(lines[:n_lines]).count("'") % 2:
                n_lines += 1
            yield Call.of("\n".join(lines[:n_lines]), "\n".join(lines[n_lines:]))


def without_chance(answer: Any) -> Any:
    """Return ``answer`` with what differs from call to call reduced to its shape."""
    changing = {"updated_at", "erased_at", "receipt_id"}
    return {
        name: re.sub(r"[0-9a-f]", "0", value) if name in changing else value for name, value in answer.items()
    }


@pytest.mark.parametrize(("guide", "n_calls"), [("events.md", 4), ("catalogue.md", 4), ("rules.md", 2)])
def test_the_guide_tells_the_truth(client: FlaskClient, guide: str, n_calls: int) -> None:
    made = 0
    for call in calls(guide):
        response = call.send(client)
        status = re.match(r"HTTP/1.1 (\d+)", call.answer)
        assert status is None or int(status[1]) == response.status_code
        assert response.status_code < 300, call
        shown = call.answer[call.answer.find("{") :] if "{" in call.answer else ""
        assert not shown or without_chance(json.loads(shown)) == without_chance(response.json)
        made += 1
    assert made >= n_calls


def names_in(answer: Any) -> set[str]:
    """Return the names of all fields in an answer."""
    values = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return set(answer if isinstance(answer, dict) else ()).union(*map(names_in, values))


def test_explanations_have_the_fields_that_are_shown(client: FlaskClient) -> None:
    """The guide shows answers about a history that is not here, and shortens them."""
    shown, hidden = re.findall(
        r"```console\n\$ curl [^\n]*\n(.*?)```", (GUIDES / "explain.md").read_text(), re.DOTALL
    )
    for text, item_id in ((shown, "cake"), (hidden, "tea")):
        fields = {"user_id": "ada", "placement": "discover", "item_id": item_id}
        answer = client.get("/v1/explain", query_string=fields).json
        assert (answer["shown"], set(re.findall(r'"(\w+)":', text)) - names_in(answer)) == (
            text is shown,
            set(),
        )
    assert set(client.get("/v1/explain?user_id=ada&placement=discover&item_id=cake").json) <= set(
        re.findall(r'"(\w+)":', shown)
    )
