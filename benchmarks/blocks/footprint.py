"""Memory and the time to start: what has to fit in a fixed amount, whatever a peer needs."""

import socket
import subprocess
import time

from blocks import load, peers
from blocks.peers import NBDKIT
from runner import machine
from runner.rows import Figure, Row, no_more_than

NAMES = ["memory-idle", "memory-after-load", "memory-10000-idle", "start"]
MIB = 256
SETTLE_SECONDS = 3
CONNECTIONS = 10_000
# With the room that ten thousand need: all that all of them together may hold has to fit the process.
SETTINGS_10000 = ["    limits: { connections: 10100, total_bytes: 128MiB }"]
TITLE_10000 = "memory, 10 000 idle connections"
LOADS = [
    ("--rw=randread", "--bs=4k", "--iodepth=16", "--numjobs=4"),
    ("--rw=randwrite", "--bs=4k", "--iodepth=16", "--numjobs=4"),
    ("--rw=read", "--bs=1m", "--iodepth=8"),
    ("--rw=write", "--bs=1m", "--iodepth=8"),
]


def rows(bench, names):
    content = peers.image(bench, MIB)
    found = []
    if "memory-idle" in names or "memory-after-load" in names:
        found += memory(bench, content)
    if "memory-10000-idle" in names:
        found += memory_10000(bench)
    if "start" in names:
        found += start(bench, content)
    return found


def memory(bench, content):
    ours, theirs = bench.start(peers.penstock(bench, MIB, name="memory")), bench.start(peers.nbdkit(bench, content))
    peers.fill(ours, content)
    idle = restarted(ours), restarted(theirs)
    for options in LOADS:
        for server in [ours, theirs]:
            load.fio(server, options, MIB, bench.seconds)
    loaded = settled(ours), settled(theirs)
    for server in [ours, theirs]:
        server.stop()
    yield row("memory, idle", idle, 120)
    yield row("memory, after load", loaded, 250)


def row(title, ours_and_theirs, most):
    ours, theirs = (Figure((mib,)) for mib in ours_and_theirs)
    return Row(title, "MiB", ours, theirs, NBDKIT, no_more_than(most))


def restarted(server):
    """A server that has served nobody yet."""
    server.stop()
    return settled(server.start(server.log))


def settled(server):
    time.sleep(SETTLE_SECONDS)
    return machine.unshared_mib(server.pid)


def memory_10000(bench):
    ours = peers.penstock(bench, MIB, SETTINGS_10000, "memory-10000")
    refusal = peers.refusal(ours)
    if refusal:
        bench.say(f"SKIPPED ten thousand connections: this distribution refuses them: {refusal}")
        yield Row(TITLE_10000, "MiB", None, target=no_more_than(400))
        return
    bench.start(ours)
    command = ["/usr/bin/python3", str(load.CLIENTS / "hold.py"), str(ours.port), "bench", str(CONNECTIONS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        held = holder.stdout.readline().strip()
        if held == str(CONNECTIONS):
            yield Row(TITLE_10000, "MiB", Figure((settled(ours),)), target=no_more_than(400))
        holder.stdin.close()
    ours.stop()
    if held != str(CONNECTIONS):
        raise SystemExit("benchmarks/run: ten thousand connections were not taken; see what hold.py said above")


def start(bench, content):
    """From the exec of the launcher to the first byte of the greeting; a first start warms the page cache."""
    ours, theirs = peers.penstock(bench, MIB, name="start"), peers.nbdkit(bench, content)
    taken = {server.name: [started(bench, server) for _ in range(bench.rounds + 1)][1:] for server in [ours, theirs]}
    figures = [Figure(tuple(taken[server.name])) for server in [ours, theirs]]
    yield Row("start to first byte", "s", figures[0], figures[1], NBDKIT, no_more_than(1.0))


def started(bench, server):
    began = time.monotonic()
    with open(bench.folder / "start.log", "wb") as log:
        process = subprocess.Popen(server.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        while not greeted(server.port):
            time.sleep(0.002)
        return time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def greeted(port):
    try:
        with socket.create_connection(("127.0.0.1", port)) as client:
            return len(client.recv(1)) == 1
    except OSError:
        return False
