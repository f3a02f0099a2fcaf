"""Servers under measurement: started, waited for, and ended whatever happens."""

import shlex
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30


@dataclass
class Server:
    """A server that listens on a port of 127.0.0.1; pid is the process whose CPU and memory count."""

    name: str
    command: list
    port: int
    uri: str
    file: Path | None = None  # what it serves, if that is a file
    client: tuple = ()  # what a client of it is started with
    log: Path | None = None
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def pid(self):
        return self.process.pid

    def start(self, log):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not listens(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"benchmarks/run: nobody listens on port {self.port}: {shlex.join(self.command)}\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def free_port():
    """A port that was free a moment ago: peers cannot say which one they took if asked for port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
