"""A real HTTP server that stands for the services of group robots and answers well, badly, late or not at all."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bulou.channels import rules, wire
from bulou.channels.choices import ChannelKind

KEY = "k" * 36
REFUSED = 93000  # in the body, under HTTP 200: how these services refuse


class Receiver(BaseHTTPRequestHandler):
    """One request: ``server.behaves`` says how it is answered, ``server.got`` keeps all, ``server.took`` what was accepted."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body))
        how = self.server.behaves
        if how == "well":
            self.server.took.append((self.path, body))
        if how == "slow":
            time.sleep(1)
        answer = json.dumps({"errcode": REFUSED if how == "refuses" else 0, "code": 9499 if how == "refuses" else 0}).encode()
        if how == "moved":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
        else:
            self.send_response(500 if how == "500" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"<html>" + answer[6:] if how == "html" else answer)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def standing(monkeypatch):
    """The server runs on a port of this machine; registrations may name it instead of the services, and nothing else changes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.took, server.behaves = [], [], "well"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}/"
    kinds = (ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU)
    monkeypatch.setattr(rules, "PREFIXES", {kind: (f"{here}{kind}?key=",) for kind in kinds})
    monkeypatch.setattr(wire, "TIMEOUT_S", 0.3)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
