"""The admin API over its unix socket, as a tool would use it."""

import http.client
import json
import socket
import sys
import time


class Admin:
    def __init__(self, path):
        self.path = str(path)

    def call(self, method, path, body=None):
        """The answer as JSON, and how many milliseconds it took to come."""
        connection = _Connection(self.path)
        connection.connect()
        began = time.monotonic()
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        millis = (time.monotonic() - began) * 1000
        connection.close()
        if answer.status >= 300:
            sys.exit(f"benchmarks/run: {method} {path}: {answer.status} {text.decode()}")
        return json.loads(text or "{}"), millis

    def changes(self, volume, before, after):
        """All extents that differ between two snapshots, page by page, and how many milliseconds that took."""
        path, offset, found, took = f"/v1/volumes/{volume}/snapshots/{after}/diff?from={before}&extents=10000", 0, [], 0
        while offset is not None:
            page, millis = self.call("GET", f"{path}&offset={offset}")
            found, took, offset = found + page["extents"], took + millis, page.get("next_offset")
        return found, took

    def snapshot(self, volume, name):
        """How many milliseconds it took."""
        return self.call("PUT", f"/v1/volumes/{volume}/snapshots/{name}")[1]


class _Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.unix = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.unix)
