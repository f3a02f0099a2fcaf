"""Content over HTTP: questions, keys there and back, clients that stop reading, and a way through a second gateway."""

import os
import socket
import subprocess
import time
from urllib.parse import quote

from blocks import annex, peers
from runner import machine
from runner.results import Report
from runner.rows import Figure, Row, at_least, no_more_than

PROGRAMS = {"wrk": "wrk", "nginx": "nginx-light", "curl": "curl", "debootstrap": "debootstrap"}
NAMES = ["checkpresent-8", "checkpresent-64", "get-large", "get-small", "put-large", "stopped", "proxy"]
LARGE_MIB = 256
SMALL = b"hello\n"
STOPPED_CLIENTS = 2000
MEMORY_MIB_MAX = 512
TRIES, STALL_SECONDS, CURL_TIMED_OUT = 3, 20, 28


def measure(bench):
    names = bench.chosen(NAMES)
    served = annex.Repository(bench, "served")
    keys = {"large": served.add("large", os.urandom(LARGE_MIB << 20)), "small": served.add("small", SMALL)}
    theirs = bench.start(served.p2phttp())
    ours = bench.start(annex.penstock(bench, peers.PENSTOCK, {"served": f"kind: annex, path: {served.path}"}))
    ours.uri += f"/{served.uuid}"
    rows = []
    for name in names:
        rows += list(MEASURES[name](bench, ours, theirs, keys))
    return Report("Content over HTTP", rows, versions=versions(served), commands=COMMANDS, method=METHOD)


def versions(served):
    return [served.shell("git annex version | head -1").strip(), run(["nginx", "-v"]).strip(), run(["wrk", "-v"]).splitlines()[0]]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def in_turns(bench, name, sides, unit):
    """Figures by side: each once to warm up, then once a round, who begins changing."""
    taken = {side: [] for side in sides}
    for turn in range(bench.rounds + 1):
        for side, each in list(sides.items())[:: 1 if turn % 2 else -1]:
            machine.settle()
            value = each()
            bench.say(f"{f'round {turn}' if turn else 'warm-up'}: {name}, {side}: {value:.1f} {unit}")
            if turn > 0:
                taken[side].append(value)
    return {side: Figure(tuple(values)) for side, values in taken.items()}


def requests_a_second(bench, url, connections, method="GET"):
    script = bench.folder / f"{method}.lua"
    script.write_text(f'wrk.method = "{method}"\n')
    said = run(["wrk", "-t1", f"-c{connections}", f"-d{bench.seconds:g}s", "-s", str(script), url])
    if "Non-2xx" in said or "Requests/sec" not in said:
        raise SystemExit(f"benchmarks/run: {url}: {said}")
    return float(said.split("Requests/sec:")[1].split()[0])


def question(server, key, what):
    return f"{server.uri}/v4/{what}?key={quote(key, safe='')}&clientuuid={annex.CLIENT}"


def content(server, key):
    return f"{server.uri}/v4/key/{quote(key, safe='')}?clientuuid={annex.CLIENT}"


def checkpresent(connections):
    def rows(bench, ours, theirs, keys):
        key = keys["small"][0]
        sides = {server.name: (lambda server=server: requests_a_second(bench, question(server, key, "checkpresent"), connections, "POST")) for server in [ours, theirs]}
        figures = in_turns(bench, f"checkpresent-{connections}", sides, "requests/s")
        yield Row(f"checkpresent, {connections} connections", "requests/s", figures[ours.name], figures[theirs.name], theirs.name, at_least(10))

    return rows


def mib_a_second(command, mib=LARGE_MIB):
    began = time.monotonic()
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    if "%{http_code}" in command and not said.endswith("200"):
        raise SystemExit(f"benchmarks/run: {command}: {said}")
    return mib / (time.monotonic() - began)


def got(url):
    """git-annex's own server stops in the middle now and then: it gets another try."""
    for _ in range(TRIES):
        try:
            return mib_a_second(["curl", "-sS", "--max-time", str(STALL_SECONDS), "-o", "/dev/null", "-w", "%{http_code}", url])
        except subprocess.CalledProcessError as failed:
            if failed.returncode != CURL_TIMED_OUT:
                raise
    raise SystemExit(f"benchmarks/run: {url}: stopped in the middle {TRIES} times")


def get_large(bench, ours, theirs, keys):
    key, file = keys["large"]
    nginx = bench.start(annex.nginx(bench, file.parent))
    sides = {ours.name: lambda: got(content(ours, key)), nginx.name: lambda: got(f"{nginx.uri}/{quote(file.name)}"), theirs.name: lambda: got(content(theirs, key))}
    figures = in_turns(bench, "get-large", sides, "MiB/s")
    nginx.stop()
    yield Row(f"GET of a key of {LARGE_MIB} MiB", "MiB/s", figures[ours.name], figures[nginx.name], nginx.name, at_least(0.9))
    yield Row("…", "MiB/s", figures[ours.name], figures[theirs.name], theirs.name)


def get_small(bench, ours, theirs, keys):
    sides = {server.name: (lambda server=server: requests_a_second(bench, content(server, keys["small"][0]), 8)) for server in [ours, theirs]}
    figures = in_turns(bench, "get-small", sides, "requests/s")
    yield Row(f"GET of keys of {len(SMALL)} bytes, 8 connections", "requests/s", figures[ours.name], figures[theirs.name], theirs.name, at_least(20))


def put_large(bench, ours, theirs, keys):
    key, file = keys["large"]
    image = bench.folder / "large"
    subprocess.run(["cp", str(file), str(image)], check=True)

    def put(server):
        subprocess.run(["curl", "-sS", "-X", "POST", "-o", "/dev/null", question(server, key, "remove")], check=True)
        length = f"X-git-annex-data-length: {LARGE_MIB << 20}"
        return mib_a_second(["curl", "-sS", "-X", "POST", "-T", str(image), "-H", "Expect:", "-H", length, "-o", "/dev/null", "-w", "%{http_code}", question(server, key, "put")])

    sides = {server.name: (lambda server=server: put(server)) for server in [ours, theirs]}
    sides["sha256sum"] = lambda: mib_a_second(["sha256sum", str(image)])
    figures = in_turns(bench, "put-large", sides, "MiB/s")
    yield Row(f"PUT of a SHA-256 key of {LARGE_MIB} MiB, durable", "MiB/s", figures[ours.name], figures[theirs.name], theirs.name, at_least(3))
    yield Row("…", "MiB/s", figures[ours.name], figures["sha256sum"], "sha256sum of the same file", at_least(0.8))


def stopped(bench, ours, theirs, keys):
    """Clients that ask for the large key and read nothing."""
    large, small = content(ours, keys["large"][0]), question(ours, keys["small"][0], "checkpresent")
    request = f"GET {large.split(str(ours.port), 1)[1]} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    without, beside, memory = [], [], []
    for turn in range(bench.rounds + 1):
        alone = requests_a_second(bench, small, 8, "POST")
        clients = []
        try:
            for _ in range(STOPPED_CLIENTS):
                client = socket.create_connection(("127.0.0.1", ours.port))
                client.sendall(request)
                clients.append(client)
            among = requests_a_second(bench, small, 8, "POST")
            used = machine.unshared_mib(ours.pid)
        finally:
            for client in clients:
                client.close()
        bench.say(f"{f'round {turn}' if turn else 'warm-up'}: stopped: {alone:.0f} requests/s alone, {among:.0f} beside them, {used:.0f} MiB")
        if turn > 0:
            without.append(alone)
            beside.append(among)
            memory.append(used)
    yield Row(f"checkpresent, 8 connections, beside {STOPPED_CLIENTS:,} clients that stopped reading", "requests/s", Figure(tuple(beside)), Figure(tuple(without)), "without them", at_least(0.8))
    yield Row("… memory of the gateway then", "MiB", Figure(tuple(memory)), target=no_more_than(MEMORY_MIB_MAX))


def proxy(bench, ours, theirs, keys):
    """The same gateway, directly and through a second one."""
    address = f"annex+http://127.0.0.1:{ours.port}/"
    uuid = ours.uri.rsplit("/", 1)[1]
    between = bench.start(annex.penstock(bench, "second gateway", {"far": f'kind: p2phttp, url: "{address}", uuid: {uuid}'}))
    between.uri += f"/{uuid}"
    sides = {"through": lambda: got(content(between, keys["large"][0])), "directly": lambda: got(content(ours, keys["large"][0]))}
    figures = in_turns(bench, "proxy", sides, "MiB/s")
    between.stop()
    yield Row(f"GET of a key of {LARGE_MIB} MiB through a second gateway", "MiB/s", figures["through"], figures["directly"], "directly", at_least(0.7))


MEASURES = {
    "checkpresent-8": checkpresent(8),
    "checkpresent-64": checkpresent(64),
    "get-large": get_large,
    "get-small": get_small,
    "put-large": put_large,
    "stopped": stopped,
    "proxy": proxy,
}
COMMANDS = ["wrk -t1 -c8|64", "curl", "git-annex p2phttp -J16 --wideopen", "nginx, sendfile, a worker for each processor", "sha256sum"]
METHOD = (
    "One repository of git-annex, served by our gateway and by git-annex's own server from the same files, on loopback, without TLS, open to everybody. "
    f"Large: {LARGE_MIB} MiB of random bytes in the page cache. A put removes the key first, and ours is synced to the disk before it is answered."
)
