"""A receiver of webhooks. RECSVC_WEBHOOKS_SECRET comes from its environment; the port is its argument."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["RECSVC_WEBHOOKS_SECRET"].removeprefix("whsec_"))


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks that are signed and fresh."""

    def do_POST(self) -> None:
        """Check one webhook, and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        webhook_id, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        made = hmac.new(KEY, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(made).decode()
        signatures = self.headers["webhook-signature"].split()
        is_ours = any(hmac.compare_digest(expected, one) for one in signatures)
        is_fresh = abs(time.time() - int(timestamp)) < 300
        self.send_response(204 if is_ours and is_fresh else 401)
        self.end_headers()
        if is_ours and is_fresh:  # and webhook_id was not seen before
            print(webhook_id, json.loads(body)["type"], json.loads(body)["data"], flush=True)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
