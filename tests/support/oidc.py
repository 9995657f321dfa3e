"""OpenID providers on loopback: one that others made, and one that lies as it is told."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from recsvc.web.entry.oidc.pages import BACK, START
from support.processes import free_port

CLIENT, SECRET = "console", "s3cret&of=it"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def real_provider(*people: dict[str, Any]) -> Iterator[str]:
    """Run the provider of the package oidc-provider-mock in a process; yield its issuer."""
    port = free_port()
    told = [part for one in people for part in ("--user-claims", json.dumps(one))]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "1",
    ]
    program = subprocess.Popen([*command, *told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5):
                    break
            except (URLError, OSError):
                assert program.poll() is None, "the provider ended"
                assert time.monotonic() < deadline, "the provider does not start"
                time.sleep(0.05)
        yield issuer
    finally:
        program.terminate()
        program.wait(10)


def allow(address: str, subject: str) -> str:
    """Say at a real provider that it is ``subject``; return the query that the browser goes back with."""
    parts = urlsplit(address)
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{parts.path}?{parts.query}", urlencode({"sub": subject}), form)
        answer = connection.getresponse()
        assert answer.status in (302, 303), answer.read()
        return urlsplit(answer.headers["Location"]).query


@dataclass
class Liar:
    """A provider each of whose answers a test can change.

    Attributes:
        address: its issuer.
        claims: what its next ID token says beside, or instead of, what is right.
        document: the same of its discovery document.
        key, header: what signs the next ID token, and what its header says instead.
        keys: that it shows.
        token: the next ID token, whatever the claims are.
        ways: path -> what answers there instead.
        asked: path -> how often it was asked for.
        challenge, nonce: of the last browser that was sent here.
        form: what came to the token endpoint last, with its header Authorization.
    """

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    key: RSAKey | ECKey = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    token: str | None = None
    ways: dict[str, Callable[[BaseHTTPRequestHandler], Answer | None]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    challenge: str = ""
    nonce: str = ""
    form: dict[str, str] = field(default_factory=dict)

    def met(self, location: str) -> str:
        """Remember what a browser was sent here with; return its state."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        self.challenge, self.nonce = asked["code_challenge"], asked["nonce"]
        return asked["state"]

    def id_token(self) -> str:
        """Return the next ID token."""
        now = int(time.time())
        right = {
            "iss": self.address, "aud": CLIENT, "sub": "1234", "iat": now, "exp": now + 300, "nonce": self.nonce,
            "email": "ada@shop.example", "email_verified": True, "groups": ["buyers"],
        }  # fmt: skip
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        return jwt.encode(header, claims, self.key, algorithms=[header["alg"]])

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> Answer | None:
        """Return what is answered; None where a way of its own did that."""
        path = urlsplit(handler.path).path
        self.asked[path] = self.asked.get(path, 0) + 1
        if path in self.ways:
            return self.ways[path](handler)
        if path == "/.well-known/openid-configuration":
            return as_json({
                "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys",
                "end_session_endpoint": f"{self.address}/leave",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            } | self.document)  # fmt: skip
        if path == "/keys":
            return as_json({"keys": self.keys})
        if path == "/token":
            self.form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.form["authorization"] = handler.headers.get("Authorization", "")
            digest = hashlib.sha256(self.form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != self.challenge:
                return as_json({"error": "invalid_grant"}, 400)
            token = self.id_token() if self.token is None else self.token
            return as_json({"access_token": "a", "token_type": "Bearer", "id_token": token})
        return 404, {}, b""


def as_json(value: object, status: int = 200) -> Answer:
    """Return an answer of JSON."""
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


@contextmanager
def liar() -> Iterator[Liar]:
    """Serve a provider that lies as it is told."""
    told = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            try:
                said = told.answer(self, body)
                if said is not None:
                    status, headers, text = said
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def go(console: FlaskClient, provider: Liar, wanted: str = "/console") -> str:
    """Send a browser to the provider; return the state that it brings back."""
    sent = console.get(START, query_string={"next": wanted})
    assert sent.status_code == 303, sent.text
    assert sent.headers["Location"].startswith(f"{provider.address}/authorize?")
    return provider.met(sent.headers["Location"])


def come_back(console: FlaskClient, provider: Liar, **said: str) -> TestResponse:
    """Send a browser there, and let it come back with a code."""
    return console.get(BACK, query_string={"code": "c", "state": go(console, provider)} | said)
