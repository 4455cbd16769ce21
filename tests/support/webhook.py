"""What an API server's webhook is in a test: it is asked by POST, and answers, in JSON."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler
from typing import Any


class Webhook(BaseHTTPRequestHandler, ABC):
    """Answers each review with what :meth:`answer` makes of it."""

    @abstractmethod
    def answer(self, review: dict[str, Any]) -> dict[str, Any]:
        """The answer to one review."""

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(self.answer(review)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
