"""A model server on loopback that follows a script: each answer is the next tool call, then the turn ends.

Real clients are let loose on it, so that what their hooks did to a call can be read from what they sent back.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.model_calls import Dialect, ToolCall
from support.model_claude import MESSAGES
from support.model_codex import RESPONSES

DIALECTS = {"/v1/messages": MESSAGES, "/v1/responses": RESPONSES}


@dataclass(slots=True)
class StubModel:
    """`url`: where it listens. `strays`: requests that it has no answer for, which are told 404."""

    script: Sequence[ToolCall]
    url: str = ""
    strays: list[str] = field(default_factory=list)
    _results: list[str] = field(default_factory=list)

    @property
    def results(self) -> list[str]:
        """What the client gave back for each call of the script."""
        return list(self._results)

    def answer(self, dialect: Dialect, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The events of the next answer. Which call is next, the conversation itself tells: a client may ask for
        other things between (a title), and send a request twice."""
        results = dialect.read_results(request)
        if len(results) > len(self._results):
            self._results = results
        call = self.script[len(results)] if dialect.is_turn(request) and len(results) < len(self.script) else None
        return dialect.stream(call, len(results))


@contextmanager
def serve_model(*script: ToolCall) -> Iterator[StubModel]:
    """Listens on a free port until left."""
    model = StubModel(script)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(model)) as server:
        server.daemon_threads = True
        model.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield model
        finally:
            server.shutdown()
            thread.join()


def _handler_of(model: StubModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            dialect = DIALECTS.get(self.path.partition("?")[0])
            if dialect is None:
                self._not_found()
                return
            events = model.answer(dialect, json.loads(content))
            lines = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
            self._send(200, "text/event-stream", lines)

        def do_GET(self) -> None:
            self._not_found()

        def do_HEAD(self) -> None:
            self._not_found()

        def _not_found(self) -> None:
            model.strays.append(f"{self.command} {self.path}")
            self._send(404, "application/json", '{"error": {"type": "not_found_error", "message": "not here"}}')

        def _send(self, status: int, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name is the library's)
            pass

    return Handler
