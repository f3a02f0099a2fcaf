"""Snapshots and what they cost: volumes of layers against a plain one, and against qcow2."""

import re
import subprocess
import time
from dataclasses import dataclass, replace

from blocks import layers, load
from blocks.admin import Admin
from runner.results import Report
from runner.rows import Figure, Row, at_least, no_more_than

PROGRAMS = {"fio": "fio", "nbdcopy": "libnbd-bin", "nbdinfo": "libnbd-bin", "python3:nbd": "python3-libnbd", "qemu-nbd": "qemu-utils", "qemu-img": "qemu-utils"}

DEPTHS = {1: (0.95, 0.95), 8: (0.9, 0.9), 64: (0.8, 0.8)}  # reads, second-touch writes
READ = ("--rw=randread", "--bs=4k", "--iodepth=16")
WRITE = ("--rw=randwrite", "--bs=4k", "--iodepth=16")
DURABLE = (*WRITE, "--numjobs=4", "--fsync=16")
NAMES = ["idle", "busy", "diff", *[f"{how}-{depth}" for depth in DEPTHS for how in ["read", "write"]], "durable", "qcow2", "many", "opening"]
MANY = 4096
IDLE_SNAPSHOTS = 20
UNSYNCED_SECONDS = 10
SNAPSHOT_MILLIS_MAX = 10
GAP_MILLIS_MAX = 50
SCATTERED = 20_000
DIFF_MILLIS_MAX = 50
OPENING_MILLIS_MAX = 1000
TOOK = re.compile(r"store opened .*took=PT([0-9.]+)S")


@dataclass
class Pair:
    """Two volumes, or a volume and a peer, under the same load in turns."""

    name: str
    servers: list
    options: tuple
    mib: int
    before: dict  # by server's name, what is done before it is measured

    def measure(self, server, seconds):
        prepare = self.before.get(server.name)
        target = (prepare() if prepare else None) or server
        measured = load.fio(target, self.options, self.mib, seconds)
        if target is not server:
            target.stop()
        return measured


def measure(bench):
    names = bench.chosen(NAMES)
    if bench.quick and not bench.only:
        names = [name for name in names if name not in ("many", "opening")]  # making that many takes longer than all the rest
    mib = 256 if bench.quick else 512  # all volumes and overlays together stay in the page cache of 24 GiB
    ours = layers.Store(bench, mib, names)
    rows = []
    if "idle" in names:
        rows.append(idle(ours))
    if "busy" in names:
        rows += busy(bench, ours)
    if "diff" in names:
        rows.append(diff(bench, ours))
    taken = bench.in_turns(pairs(bench, ours, names, mib))
    for name, of in taken.items():
        rows.append(compared(name, of))
    if "opening" in names:
        rows.append(opening(bench, ours))
    return Report(
        "Snapshots",
        rows,
        versions=[load.run(command).splitlines()[0] for command in [["qemu-nbd", "--version"], ["fio", "--version"]]],
        commands=[" ".join(load.fio_command("URI", options, mib, bench.seconds)) for options in [READ, WRITE, DURABLE]],
        method=(
            f"Volumes of {mib} MiB in one gateway, written in full, in the page cache. A chain of n layers has n snapshots with as many random 4 KiB writes after each as make up the volume once in all. "
            "Second touch: the whole volume was written after its last snapshot. First touch: a snapshot right before each measurement. Durable: four connections, each flushes after 16 writes. "
            "qcow2: a new overlay over a raw file before each measurement. Idle snapshots are taken through the API of a sparse volume of 1 TiB, one 4 KiB write after each; the time is that of the whole call."
        ),
    )


def idle(ours):
    millis = []
    for i in range(IDLE_SNAPSHOTS + 5):
        load.run(["fio", "--name=one", "--ioengine=nbd", f"--uri={ours.uri('big')}", "--rw=randwrite", "--bs=4k", "--size=1t", "--io_size=4k", f"--randseed={i}", "--end_fsync=1", "--thread"])
        millis.append(ours.admin.snapshot("big", f"idle{i}"))
    return Row("snapshot of an idle volume of 1 TiB", "ms", Figure(tuple(millis[5:])), target=no_more_than(SNAPSHOT_MILLIS_MAX))


def busy(bench, ours):
    """With much in the page cache: how long it takes, and for how long nothing was answered."""
    took, gaps = [], []
    for round in range(bench.rounds):
        log = bench.folder / f"busy{round}"
        command = [*load.fio_command(ours.uri("busy"), WRITE, ours.mib, UNSYNCED_SECONDS + 3), f"--write_lat_log={log}", "--log_offset=0"]
        fio = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(UNSYNCED_SECONDS)
        took.append(ours.admin.snapshot("busy", f"busy{round}"))
        if fio.wait() != 0:
            raise SystemExit("benchmarks/run: fio failed under a snapshot")
        gaps.append(layers.longest_gap_millis(next(bench.folder.glob(f"busy{round}_clat.*.log"))))
        bench.say(f"busy: the call took {took[-1]:.1f} ms, longest gap {gaps[-1]:.0f} ms")
    yield Row("snapshot under 4 KiB random writes, qd 16: the call", "ms", Figure(tuple(took)))
    yield Row("… longest gap between two answers", "ms", Figure(tuple(gaps)), target=no_more_than(GAP_MILLIS_MAX))


def diff(bench, ours):
    """Once to warm up, then once a round: what was written in between is found by claims, without a look at data."""
    took = []
    for round in range(bench.rounds + 1):
        ours.admin.snapshot("scattered", f"before{round}")
        load.run(["fio", "--name=scattered", "--ioengine=nbd", f"--uri={ours.uri('scattered')}", "--rw=randwrite", "--bs=4k", "--iodepth=16", "--size=1t", f"--io_size={4 * SCATTERED}k", "--norandommap", f"--randseed={round}", "--thread"])
        ours.admin.snapshot("scattered", f"after{round}")
        extents, millis = ours.admin.changes("scattered", f"before{round}", f"after{round}")
        bench.say(f"diff: {len(extents)} extents in {millis:.1f} ms")
        took.append(millis)
    return Row(f"diff of {SCATTERED:,} scattered 4 KiB writes in 1 TiB, through the API", "ms", Figure(tuple(took[1:])), target=no_more_than(DIFF_MILLIS_MAX))


def opening(bench, ours):
    """The store's part of a start, and then what the first client waits for."""
    took = []
    for _ in range(bench.rounds):
        ours.server.stop()
        ours.server.start(ours.server.log)
        store = float(TOOK.search(ours.server.log.read_text()).group(1)) * 1000
        began = time.monotonic()
        load.run(["nbdinfo", "--size", ours.uri("many")])
        took.append(store + (time.monotonic() - began) * 1000)
        bench.say(f"opening: the store {store:.0f} ms, with the first client {took[-1]:.0f} ms")
    return Row(f"opening a store with {MANY} snapshots of a volume, and that volume for its first client", "ms", Figure(tuple(took)), target=no_more_than(OPENING_MILLIS_MAX))


def pairs(bench, ours, names, mib):
    plain = ours.view("raw", "raw volume")
    found = []
    for depth in DEPTHS:
        if f"read-{depth}" in names:
            found.append(Pair(f"read-{depth}", [ours.view(f"r{depth}"), plain], READ, mib, {}))
        if f"write-{depth}" in names:
            found.append(Pair(f"write-{depth}", [ours.view(f"w{depth}"), plain], WRITE, mib, {}))
    first = {"Penstock": lambda: ours.take("first")}
    if "durable" in names:
        found.append(Pair("durable", [ours.view("first"), ours.view("second", "second touch")], DURABLE, mib, first))
    if "qcow2" in names:
        overlay = layers.Overlay(bench, ours.content)
        peer = replace(ours.server, name="qcow2 overlay")
        found.append(Pair("qcow2", [ours.view("first"), peer], DURABLE, mib, first | {"qcow2 overlay": overlay.start}))
    if "many" in names:
        found.append(Pair("many", [ours.view("many"), plain], READ, mib, {}))
    return found


TITLES = {
    "durable": ("durable first-touch writes, 4 × qd 16", at_least(0.35)),
    "qcow2": ("durable first-touch writes, 4 × qd 16", at_least(3)),
    "many": (f"4 KiB random reads with {MANY} snapshots", at_least(0.7)),
}


def compared(name, of):
    if name in TITLES:
        title, target = TITLES[name]
    else:
        how, depth = name.split("-")
        reads, writes = DEPTHS[int(depth)]
        title = f"4 KiB random {'reads' if how == 'read' else 'second-touch writes'}, qd 16, {depth} layer{'s' if depth != '1' else ''}"
        target = at_least(reads if how == "read" else writes)
    peer = next(who for who in of if who != "Penstock")
    return Row(title, "IOPS", rates(of["Penstock"]), rates(of[peer]), peer, target)


def rates(measurements):
    return Figure(tuple(measured.rate for measured in measurements))
