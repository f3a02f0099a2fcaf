"""Replication between two gateways: against copies by hand, btrfs send and receive, and nbdcopy."""

import os
import shutil
import subprocess
import time

from blocks import histories, load, microbenchmarks, peers, tls
from blocks.btrfs import Btrfs
from blocks.scattered import DISK_BYTES, Scattered
from blocks.sites import Sites
from runner import machine
from runner.results import Report
from runner.rows import Figure, Row, Target, at_least, at_most, no_more_than

PROGRAMS = {
    "nbdcopy": "libnbd-bin",
    "python3:nbd": "python3-libnbd",
    "nbdkit": "nbdkit",
    "mkfs.btrfs": "btrfs-progs",
    "openssl": "openssl",
    "eatmydata": "eatmydata",
    "mvn": "maven",
}
NAMES = ["incremental", "full", "full-tls", "steps", "idle", "planning"]
SCATTERED = 20_000
STEPS = 500
STEPS_A_SECOND_MIN = 50
IDLE_VOLUMES, IDLE_SNAPSHOTS = 1000, 100
IDLE_SECONDS_MAX = 2
IDLE_MIB_MAX = 512
PLANNING_MILLIS_MAX = 2000
FULL_MIB = 1024


def measure(bench):
    names = bench.chosen(NAMES)
    if bench.quick and not bench.only:
        names = [name for name in names if name not in ("idle", "planning")]  # making them takes longer than all the rest
    rows = []
    for name, of in {"incremental": incremental, "full": full, "full-tls": full_tls, "steps": steps, "idle": idle, "planning": planning}.items():
        if name in names:
            rows += of(bench)
    return Report(
        "Replication",
        rows,
        versions=[load.run(command).splitlines()[0] for command in [["nbdkit", "--version"], ["nbdcopy", "--version"], ["btrfs", "--version"]]],
        commands=["btrfs send -p OLD NEW | btrfs receive FOLDER; btrfs filesystem sync FOLDER", "nbdcopy --flush NBDKIT NBDKIT"],
        method=(
            "Two gateways of the distribution on one disk, at their defaults. Right before each is measured the disks are synced, and 3 GiB of memory are touched and given back, so that nobody pays for what is still to be written, or for a host that backs memory late. A run of a job is measured from the request of the API until the API says that it has ended. "
            f"Incremental: {SCATTERED:,} writes of 4 KiB at random places of a new disk of 1 TiB since the last run. By hand: the same extents of one sparse file are read and written to another, sorted, with one fdatasync at the end. "
            "Btrfs: the same writes to a file on one loop image, sent to another. "
            f"Full: {FULL_MIB} MiB of random bytes in a new volume, to a receiver that has nothing; nbdcopy to a new sparse file. "
            f"Steps: a volume of {STEPS} snapshots with 1 MiB of random bytes in each, from the first on. "
            f"Nothing to do: {IDLE_VOLUMES:,} volumes of {IDLE_SNAPSHOTS} snapshots at both sides, put there by a fixture that does not sync."
        ),
    )


def in_turns(bench, what, sides):
    """Seconds of each; the first round warms up."""
    taken = {name: [] for name in sides}
    for round in range(bench.rounds + 1):
        order = list(sides)
        order = order[round % len(order) :] + order[: round % len(order)]
        for name in order:
            seconds = sides[name](round)
            bench.say(f"{f'round {round}' if round else 'warm-up'}: {what}, {name}: {seconds * 1000:.0f} ms")
            if round > 0:
                taken[name].append(seconds)
    return taken


def incremental(bench):
    places = Scattered(SCATTERED)
    sites = Sites(bench, "scattered", {}, {"out": 'volumes: "*"'})

    def ours(round):
        volume = f"v{round}"
        sites.create(volume, DISK_BYTES >> 20)
        sites.home.snapshot(volume, "empty")
        sites.run("out")
        places.through_nbd(sites.uri(volume), round)
        sites.home.snapshot(volume, "written")
        machine.settle()
        seconds = sites.run("out")
        sites.forget(volume)
        return seconds

    def by_hand(round):
        files = [places.disk(bench.folder / f"by-hand-{side}") for side in ["source", "copy"]]
        places.to_file(files[0], round)
        machine.settle()
        seconds = places.copied(*files, round)
        for file in files:
            file.unlink()
        return seconds

    sides = {peers.PENSTOCK: ours, "by hand": by_hand}
    btrfs = Btrfs(bench) if os.geteuid() == 0 else None
    if btrfs:
        sides["btrfs"] = lambda round: btrfs.sent(places, round)
    taken = in_turns(bench, "incremental", sides)
    sites.stop()
    title = f"incremental, {SCATTERED:,} writes of 4 KiB scattered over 1 TiB"
    yield Row(title, "ms", millis(taken[peers.PENSTOCK]), millis(taken["by hand"]), "pread, pwrite, one fdatasync", at_most(1.5))
    if btrfs:
        btrfs.close()
        yield Row(title, "ms", millis(taken[peers.PENSTOCK]), millis(taken["btrfs"]), "btrfs send to btrfs receive", at_most(1))
    else:
        yield Row(title, "ms", None, target=at_most(1), remark="than btrfs; mounting it needs root")


def full(bench, certificates=None):
    content = peers.image(bench, FULL_MIB)
    name = "full-tls" if certificates else "full"
    sites = Sites(bench, name, {}, {"out": 'volumes: "*"'}, certificates)
    source = bench.start(peers.nbdkit(bench, content))

    def ours(round):
        volume = f"v{round}"
        sites.create(volume, FULL_MIB)
        sites.fill(volume, content)
        sites.home.snapshot(volume, "s")
        machine.settle()
        seconds = sites.run("out")
        sites.forget(volume)
        return seconds

    def nbdcopy(_):
        file = bench.folder / "copy"
        with open(file, "wb") as out:
            out.truncate(FULL_MIB << 20)
        target = bench.start(peers.nbdkit_on(file))
        machine.settle()
        began = time.monotonic()
        subprocess.run(["nbdcopy", "--flush", source.uri, target.uri], check=True)
        seconds = time.monotonic() - began
        target.stop()
        file.unlink()
        return seconds

    taken = in_turns(bench, name, {peers.PENSTOCK: ours, "nbdcopy": nbdcopy})
    sites.stop()
    source.stop()
    rate = {who: Figure(tuple(FULL_MIB / each for each in seconds)) for who, seconds in taken.items()}
    title = f"full, {FULL_MIB} MiB of random bytes, {'TLS' if certificates else 'no TLS'}"
    yield Row(title, "MiB/s", rate[peers.PENSTOCK], rate["nbdcopy"], "nbdcopy --flush between two nbdkits, no TLS", at_least(0.6 if certificates else 0.8))


def full_tls(bench):
    yield from full(bench, tls.certificates(bench.folder))


def steps(bench):
    sites = Sites(bench, "steps", {}, {"out": 'volumes: "*", initial: all'})
    rates = []
    for round in range(bench.rounds + 1):
        volume = f"v{round}"
        sites.create(volume, STEPS)
        script = ["/usr/bin/python3", str(load.CLIENTS / "pieces.py"), sites.uri(volume)]
        with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as pieces:
            for step in range(STEPS):
                print(step, file=pieces.stdin)
                if pieces.stdout.readline() != "done\n":
                    raise SystemExit(f"benchmarks/run: nobody could write {volume}")
                sites.home.snapshot(volume, f"s{step}")
            pieces.stdin.close()
        machine.settle()
        rate = STEPS / sites.run("out")
        bench.say(f"{f'round {round}' if round else 'warm-up'}: steps: {rate:.0f}/s")
        if round > 0:
            rates.append(rate)
        sites.forget(volume)
    sites.stop()
    yield Row(f"{STEPS} steps of 1 MiB each", "steps/s", Figure(tuple(rates)), target=Target(STEPS_A_SECOND_MIN, absolute=True))


def idle(bench):
    sites = Sites(bench, "idle", {f"v{i}": "1MiB" for i in range(IDLE_VOLUMES)}, {"out": 'volumes: "*", steps: 16'}, without_sync=True)
    for i in range(IDLE_VOLUMES):
        sites.home.snapshot(f"v{i}", "s0000")
    sites.stop()
    home, away = (sites.folder / site / "volumes" for site in ["home", "away"])
    histories.lengthen(home, IDLE_SNAPSHOTS)
    shutil.rmtree(away)
    histories.copied(home, away, "home.")
    sites.start(without_sync=False)
    taken, memory = [], []
    for round in range(bench.rounds + 1):
        seconds = sites.run("out")
        held = {site: machine.unshared_mib(server.pid) for site, server in sites.servers.items()}
        bench.say(f"{f'round {round}' if round else 'warm-up'}: nothing to do: {seconds * 1000:.0f} ms; {held}")
        if round > 0:
            taken.append(seconds)
            memory.append(max(held.values()))
    sites.stop()
    yield Row(f"a run with nothing to do, {IDLE_VOLUMES:,} volumes × {IDLE_SNAPSHOTS} snapshots", "ms", millis(taken), target=no_more_than(IDLE_SECONDS_MAX * 1000))
    yield Row("… memory of the larger gateway after it", "MiB", Figure(tuple(memory)), target=no_more_than(IDLE_MIB_MAX))


def planning(bench):
    """Of a million snapshots, under JMH."""
    for each in microbenchmarks.run(bench, ["PrunePlanning"], ["-wi", "2", "-i", str(bench.rounds), "-r", "1", "-w", "1"]):
        of = each["params"]
        title = f"planning a prune of 1,000,000 snapshots of {of['volumes']} volume{'' if of['volumes'] == '1' else 's'}{', with a clock that jumped' if of['clockJumps'] == 'true' else ''}"
        yield Row(title, "ms", microbenchmarks.figure(each["primaryMetric"]), target=no_more_than(PLANNING_MILLIS_MAX))


def millis(seconds):
    return Figure(tuple(each * 1000 for each in seconds))
