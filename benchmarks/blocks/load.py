"""What a server is put under, and what is measured while it is: fio, nbdcopy, clients that come and go."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from runner import machine

CLIENTS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Measured:
    rate: float  # operations, MiB or connections a second
    server_micros: float  # CPU for each of them
    client_cores: float  # CPU of all of the client, in cores
    busiest_thread: float  # of the client, as a part of a core
    p99_micros: float | None = None

    def __str__(self):
        return f"{self.rate:.0f}/s, server {self.server_micros:.2f} µs each, client {self.client_cores:.2f} cores"


def fio(server, options, mib, seconds, per_mib=False):
    """Rates of operations, or of MiB."""
    output = CLIENTS.parent / "target" / f"fio-{os.getpid()}.json"
    command = fio_command(server.uri, options, mib, seconds) + [f"--output={output}", "--output-format=json"]
    with used_by(server) as used:
        run([*server.client, *command])
    text = output.read_text()
    output.unlink()
    jobs = json.loads(text[text.index("{") :])["jobs"]  # fio says a line of its own first
    sides = [job[side] for job in jobs for side in ["read", "write"]]
    amount = sum(side["io_bytes"] for side in sides) / 2**20 if per_mib else sum(side["total_ios"] for side in sides)
    elapsed = max(side["runtime"] for side in sides) / 1000
    threads = [(job["usr_cpu"] + job["sys_cpu"]) / 100 for job in jobs]
    p99 = max(side["clat_ns"].get("percentile", {}).get("99.000000", 0) for side in sides) / 1000
    return Measured(amount / elapsed, used.seconds * 1e6 / amount, sum(threads), max(threads), p99)


def fio_command(uri, options, mib, seconds):
    # The engine's own options have to follow it; without --thread a fio that is killed leaves its jobs behind.
    command = ["fio", "--name=bench", "--ioengine=nbd", f"--uri={uri}", *options]
    return [*command, f"--size={mib}m", "--thread", "--time_based", f"--runtime={seconds:g}"]


def nbdcopy(server, mib, seconds):
    """Copies the whole export to nowhere, again and again."""
    began, copies, client = time.monotonic(), 0, children_seconds()
    with used_by(server) as used:
        while copies == 0 or time.monotonic() - began < seconds:
            run(nbdcopy_command(server.uri))
            copies += 1
    elapsed = time.monotonic() - began
    cores = (children_seconds() - client) / elapsed
    # nbdcopy has a thread for each of its connections; no more than this can be said of one.
    return Measured(copies * mib / elapsed, used.seconds * 1e6 / (copies * mib), cores, 0)


def nbdcopy_command(uri):
    return ["nbdcopy", uri, "null:"]


def connections(server, seconds):
    """One client that connects, chooses the export, and leaves, as fast as it is let."""
    with used_by(server) as used:
        said = run(connections_command(server.uri, seconds))
    count, elapsed, cpu = map(float, said.split())
    return Measured(count / elapsed, used.seconds * 1e6 / count, cpu / elapsed, cpu / elapsed)


def connections_command(uri, seconds):
    return ["/usr/bin/python3", str(CLIENTS / "connect.py"), uri, f"{seconds:g}"]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"benchmarks/run: {' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def children_seconds():
    times = os.times()
    return times.children_user + times.children_system


class used_by:
    """The CPU that a server uses within a block."""

    def __init__(self, server):
        self.pid = server.pid

    def __enter__(self):
        self.before = machine.cpu_seconds(self.pid)
        return self

    def __exit__(self, *_):
        self.seconds = machine.cpu_seconds(self.pid) - self.before
