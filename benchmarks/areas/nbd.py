"""Block reads and writes over NBD, against the servers that people use today."""

import os
import shlex
from dataclasses import dataclass

from blocks import footprint, load, peers, tls
from blocks.peers import NBDKIT, PENSTOCK
from runner.results import Report
from runner.rows import Figure, Row, at_least, at_most

PROGRAMS = {
    "fio": "fio",
    "nbdcopy": "libnbd-bin",
    "python3:nbd": "python3-libnbd",
    "nbdkit": "nbdkit",
    "qemu-nbd": "qemu-utils",
    "qemu-storage-daemon": "qemu-system-common",
    "nbd-server": "nbd-server",
    "openssl": "openssl",
}
CLIENT_BOUND = 0.95  # of a core, for a thread of the client: then it sets the pace, and not the server


@dataclass(frozen=True)
class Kind:
    """What is done, and what ratio is wanted: of the rate at least, of the server's CPU at most."""

    title: str
    unit: str
    options: tuple = ()  # of fio
    rate: float | None = None
    cpu: float | None = None
    writes: bool = False

    @property
    def per_mib(self):
        return self.unit == "MiB/s"

    @property
    def cpu_if_client_bound(self):
        """The same gain, where only the CPU can show it."""
        return self.cpu or (1 / self.rate if self.rate else None)


def small(how, depth, *more):
    return (f"--rw={how}", "--bs=4k", f"--iodepth={depth}", *more)


def large(how):
    return (f"--rw={how}", "--bs=1m", "--iodepth=8")


KINDS = {
    "read-qd1": Kind("4 KiB random read, qd 1", "IOPS", small("randread", 1), 1.05),
    "read-qd16": Kind("4 KiB random read, qd 16", "IOPS", small("randread", 16), 1.25, 0.8),
    "read-qd64": Kind("4 KiB random read, qd 64", "IOPS", small("randread", 64), 1.25),
    "read-4x16": Kind("4 KiB random read, 4 connections × qd 16", "IOPS", small("randread", 16, "--numjobs=4"), 1.8, 0.4),
    "write-qd16": Kind("4 KiB random write, qd 16", "IOPS", small("randwrite", 16), 1.2, writes=True),
    "mixed-qd16": Kind("4 KiB, 70 % reads, qd 16", "IOPS", small("randrw", 16, "--rwmixread=70"), writes=True),
    "read-1m": Kind("1 MiB sequential read, qd 8", "MiB/s", large("read"), 1.3),
    "write-1m": Kind("1 MiB sequential write, qd 8", "MiB/s", large("write"), 1.1, writes=True),
    "nbdcopy": Kind("nbdcopy to nowhere", "MiB/s"),
    "connections": Kind("connections", "per second", rate=1.0),
    "tls-read-1m": Kind("through TLS, 1 MiB sequential read, qd 8", "MiB/s", large("read"), 0.8),
    "tls-read-4x16": Kind("through TLS, 4 KiB read, 4 × qd 16", "IOPS", small("randread", 16, "--numjobs=4"), 0.8),
}


@dataclass
class Workload:
    """A kind of load, and who is put under it."""

    name: str
    servers: list
    mib: int

    def measure(self, server, seconds):
        kind = KINDS[self.name]
        if self.name == "nbdcopy":
            return load.nbdcopy(server, self.mib, seconds)
        if self.name == "connections":
            return load.connections(server, seconds)
        measured = load.fio(server, kind.options, self.mib, seconds, kind.per_mib)
        if kind.writes and server.file:
            sync(server.file)  # or what one wrote is written back while the next one is measured
        return measured


def sync(file):
    with open(file, "rb+") as opened:
        os.fsync(opened.fileno())


def measure(bench):
    names = bench.chosen([*KINDS, *footprint.NAMES])
    mib = 256 if bench.quick else 1024
    content = peers.image(bench, mib)
    certificates = tls.certificates(bench.folder)
    ours = start_ours(bench, mib, content, certificates)
    plain = [ours, *start_peers(bench, mib, content)]
    secure = [tls.view(ours, certificates), bench.start(tls.nbdkit(bench, content, certificates))]

    workloads = [Workload(name, secure if name.startswith("tls-") else plain, mib) for name in names if name in KINDS]
    taken = bench.in_turns(workloads)
    rows = [row for name in taken for row in compared(name, taken[name])]
    rows += footprint.rows(bench, names)
    return Report(
        "NBD",
        rows,
        bars=ratios(taken),
        yardstick="nbdkit file",
        versions=versions(),
        commands=commands(plain + secure, mib, bench.seconds),
        method=method(mib),
        details=everybody(taken),
    )


def start_ours(bench, mib, content, certificates):
    ours = bench.start(peers.penstock(bench, mib, tls.settings(certificates), tls="offered"))
    peers.fill(ours, content)
    ours.file = next((bench.folder / "penstock" / "volumes" / "layers").glob("*.data"))
    return ours


def start_peers(bench, mib, content):
    makers = [peers.nbdkit]
    if not bench.quick:
        makers += [peers.qemu_nbd, peers.storage_daemon, peers.nbd_server]
    started = [bench.start(maker(bench, content)) for maker in makers]
    if not bench.quick:
        memory = bench.start(peers.nbdkit_memory(bench, mib))
        peers.fill(memory, content)
        started.insert(1, memory)
    return started


def compared(name, taken):
    """The rows of a workload: its rate, and its CPU if that has a target or decides."""
    kind = KINDS[name]
    bound = figure(taken[PENSTOCK], "busiest_thread").middle >= CLIENT_BOUND
    rate, cpu = kind.rate, kind.cpu
    if bound and rate and kind.cpu_if_client_bound:
        rate, cpu = min(rate, 1.0), kind.cpu_if_client_bound
    remark = f"{kind.rate:g} × but for the client, which is at its limit" if rate != kind.rate else ""
    yield row(kind.title, kind.unit, "rate", taken, rate and at_least(rate), remark)
    each = "µs/MiB" if kind.per_mib else "µs each"
    yield row("… server CPU", each, "server_micros", taken, cpu and at_most(cpu))


def row(title, unit, what, taken, target, remark=""):
    return Row(title, unit, figure(taken[PENSTOCK], what), figure(taken[NBDKIT], what), NBDKIT, target, remark)


def figure(measurements, what):
    return Figure(tuple(getattr(measured, what) for measured in measurements))


def ratios(taken):
    """Median rates as multiples of nbdkit's, for the chart."""
    middles = {name: {who: figure(m, "rate").middle for who, m in of.items()} for name, of in taken.items()}
    return {name: {who: rate / of[NBDKIT] for who, rate in of.items()} for name, of in middles.items()}


def everybody(taken):
    """All servers: what the table above leaves out."""
    lines = ["All servers: median rate (least-most), CPU of the server for each, CPU of the client in cores, 99th percentile of the latency.", ""]
    lines += ["| workload | server | rate | server µs | client cores | p99 µs |", "| --- | --- | --- | --- | --- | --- |"]
    for name, of in taken.items():
        for who, measured in of.items():
            p99 = figure(measured, "p99_micros") if measured[0].p99_micros else ""
            cells = [figure(measured, what) for what in ["rate", "server_micros", "client_cores"]]
            lines.append("| " + " | ".join(map(str, [KINDS[name].title, who, *cells, p99])) + " |")
    return "\n".join(lines)


def versions():
    first = [["nbdkit", "--version"], ["qemu-nbd", "--version"], ["nbd-server", "-V"], ["fio", "--version"], ["nbdcopy", "--version"]]
    return [load.run(command).splitlines()[0] for command in first]


def commands(servers, mib, seconds):
    """As they were run, with the folder of the run left out."""
    folder = str(servers[0].log.parent) + "/"
    for server in servers:
        if server.process:
            yield f"{shlex.join(map(str, server.command))}  # {server.name}".replace(folder, "")
    for name, kind in KINDS.items():
        if kind.options:
            yield f"{shlex.join(load.fio_command('URI', kind.options, mib, seconds))}  # {name}"
    yield shlex.join(load.nbdcopy_command("URI"))
    yield f"benchmarks/blocks/connect.py URI {seconds:g}  # connections"


def method(mib):
    return (
        f"Every server has {mib} MiB of its own with the same random bytes, written in full beforehand and in the page cache; all run all the time, one is under load, and who begins changes "
        "with every round. One round before the first warms up and is not counted. Clients come over loopback TCP. CPU is what the kernel accounts to the server and its children. Penstock runs as it is "
        f"shipped. Where a thread of the client uses {CLIENT_BOUND:.0%} of a core it sets the pace: then the server's CPU has to show the gain, and the rate only must not be lower."
    )
