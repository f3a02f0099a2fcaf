"""Volumes that are moved while they are in use: how long clients wait, what is sent, what it costs them."""

import subprocess
import time

from blocks import load, peers
from blocks.owners import Owners
from blocks.writer import BLOCK_BYTES, DEPTH, Writer, now_millis
from runner import machine
from runner.results import Report
from runner.rows import Figure, Row, Target, at_least, no_more_than

PROGRAMS = {"fio": "fio", "nbdcopy": "libnbd-bin", "nbdkit": "nbdkit"}
NAMES = ["freeze-small", "freeze-large", "first-round", "cut", "slow-down"]
MIGRATIONS = 10
WRITES_A_SECOND = 5000
USED_MIB = 512
LARGE_MIB = 64 << 10
FREEZE_MEDIAN_MILLIS_MAX, FREEZE_MILLIS_MAX = 100, 250
WRITTEN_WEIGHT = 1.2
FIRST_ROUND_MIB = 1024
CUT_AT = 0.9
SENT_AGAIN_MAX = 0.15
ROUNDS_MIB_A_SECOND = 100
SLOW_DOWN_MIN = 0.7
WARM_SECONDS = 2


def measure(bench):
    names = bench.chosen(NAMES)
    rows = []
    for name, of in {"freeze-small": freeze_small, "freeze-large": freeze_large, "first-round": first_round, "cut": cut, "slow-down": slow_down}.items():
        if name in names:
            rows += of(bench)
    return Report(
        "Migration",
        rows,
        versions=[load.run(command).splitlines()[0] for command in [["fio", "--version"], ["nbdkit", "--version"], ["nbdcopy", "--version"]]],
        commands=["nbdcopy --flush NBDKIT NBDKIT"],
        method=(
            "Two gateways of the distribution on one disk, plain HTTP on loopback between them, at their defaults. "
            f"Freeze: {MIGRATIONS} migrations of a new volume with {USED_MIB} MiB of random bytes while fio writes {BLOCK_BYTES} bytes at random places of them, {WRITES_A_SECOND:,} a second with {DEPTH} under way, from {WARM_SECONDS} s before it begins to {WARM_SECONDS} s after its end; "
            "the gap is the longest time between two acknowledgements over all of that, so the switch to the new owner and being led on to it are in it. The first migration of a pair of gateways warms up, and is not counted. "
            f"First round: {FIRST_ROUND_MIB} MiB of random bytes, nobody writes; from the request until the first round has ended, looked at every 10 ms. "
            f"Cut: the destination is killed (SIGKILL) at {CUT_AT:.0%} of the first round, and started again. "
            f"Slow-down: fio writes {WRITES_A_SECOND:,} a second, and as fast as it can; seconds without a migration, then seconds of a round limited to {ROUNDS_MIB_A_SECOND} MiB/s."
        ),
    )


def freeze_small(bench):
    yield from freeze(bench, "freeze-small", USED_MIB)


def freeze_large(bench):
    yield from freeze(bench, "freeze-large", LARGE_MIB)


def freeze(bench, name, mib):
    owners = Owners(bench, name)
    content = peers.image(bench, USED_MIB)
    gaps, froze, sent = [], [], []
    for turn in range((3 if bench.quick else MIGRATIONS) + 1):
        volume = f"v{turn}"
        filled(owners, volume, mib, content)
        machine.settle()
        with Writer(bench, owners.uri(volume), USED_MIB, WRITES_A_SECOND) as writer:
            writer.write_for(WARM_SECONDS)
            began = now_millis()
            seen = owners.moved(volume)
            ended = now_millis()
            writer.write_for(WARM_SECONDS)
        gap = writer.longest_gap_millis(began, ended)
        written = writer.count(began, ended) * BLOCK_BYTES
        allowed = (USED_MIB << 20) + WRITTEN_WEIGHT * written
        bench.say(
            f"{f'migration {turn}' if turn else 'warm-up'}: {name}: gap {gap} ms, frozen {seen['froze_millis']} ms, {ended - began} ms, "
            f"{seen['rounds']} rounds, sent {seen['bytes_sent'] >> 20} MiB, written {written >> 20} MiB"
        )
        if turn > 0:
            gaps.append(gap)
            froze.append(seen["froze_millis"])
            sent.append(seen["bytes_sent"] / allowed)
        owners.forget(volume)
    owners.stop()
    title = f"longest gap between two acknowledgements, {USED_MIB} MiB{f' of {mib >> 10} GiB, sparse' if mib > USED_MIB else ''}"
    yield Row(f"{title}, median", "ms", Figure(tuple(gaps)), target=no_more_than(FREEZE_MEDIAN_MILLIS_MAX))
    yield Row("… the longest of all", "ms", Figure((max(gaps),)), target=no_more_than(FREEZE_MILLIS_MAX))
    yield Row("… of it the freeze itself", "ms", Figure(tuple(froze)))
    yield Row(f"… bytes sent / (used + {WRITTEN_WEIGHT} × written meanwhile)", "", Figure(tuple(sent)), target=no_more_than(1))


def filled(owners, volume, mib, content):
    owners.create(volume, mib)
    subprocess.run(["nbdcopy", "--flush", "--destination-is-zero", content, owners.uri(volume)], check=True)


def first_round(bench):
    content = peers.image(bench, FIRST_ROUND_MIB)
    owners = Owners(bench, "first-round")
    source = bench.start(peers.nbdkit(bench, content))

    def ours(turn):
        volume = f"v{turn}"
        filled(owners, volume, FIRST_ROUND_MIB, content)
        machine.settle()
        began = time.monotonic()
        owners.begin(volume)
        owners.until(volume, lambda now: now["rounds"] > 0)
        seconds = time.monotonic() - began
        owners.until(volume, lambda now: now.get("ended"))
        owners.forget(volume)
        return seconds

    def nbdcopy(_):
        file = bench.folder / "copy"
        with open(file, "wb") as out:
            out.truncate(FIRST_ROUND_MIB << 20)
        target = bench.start(peers.nbdkit_on(file))
        machine.settle()
        began = time.monotonic()
        subprocess.run(["nbdcopy", "--flush", source.uri, target.uri], check=True)
        seconds = time.monotonic() - began
        target.stop()
        file.unlink()
        return seconds

    rates = {peers.PENSTOCK: [], "nbdcopy": []}
    for turn in range(bench.rounds + 1):
        for name, side in [(peers.PENSTOCK, ours), ("nbdcopy", nbdcopy)][:: 1 if turn % 2 else -1]:
            rate = FIRST_ROUND_MIB / side(turn)
            bench.say(f"{f'round {turn}' if turn else 'warm-up'}: first round, {name}: {rate:.0f} MiB/s")
            if turn > 0:
                rates[name].append(rate)
    owners.stop()
    source.stop()
    figures = {name: Figure(tuple(each)) for name, each in rates.items()}
    yield Row(f"first round, {FIRST_ROUND_MIB} MiB of random bytes, no writers", "MiB/s", figures[peers.PENSTOCK], figures["nbdcopy"], "nbdcopy --flush between two nbdkits", at_least(0.8))


def cut(bench):
    content = peers.image(bench, FIRST_ROUND_MIB)
    owners = Owners(bench, "cut")
    again = []
    for turn in range(bench.rounds):
        volume = f"v{turn}"
        filled(owners, volume, FIRST_ROUND_MIB, content)
        machine.settle()
        owners.begin(volume)
        used = FIRST_ROUND_MIB << 20
        before = owners.until(volume, lambda now: now["bytes_sent"] >= CUT_AT * used or now["rounds"] > 0)
        owners.kill("away")
        owners.start("away")
        seen = owners.until(volume, lambda now: now.get("ended"))
        again.append((seen["bytes_sent"] - used) / used)
        bench.say(f"cut {turn + 1}: at {before['bytes_sent'] / used:.0%}, {again[-1]:.1%} sent again, {seen['phase']}")
        owners.forget(volume)
    owners.stop()
    yield Row(f"cut at {CUT_AT:.0%}: sent again, of all bytes", "", Figure(tuple(again)), target=no_more_than(SENT_AGAIN_MAX))


def slow_down(bench):
    content = peers.image(bench, FIRST_ROUND_MIB)
    owners = Owners(bench, "slow-down")
    paces = {f"{WRITES_A_SECOND:,} a second": WRITES_A_SECOND, "as many as it can": 0}
    rates = {pace: {"during": [], "without": []} for pace in paces}
    for turn in range(bench.rounds + 1):
        for pace, a_second in paces.items():
            volume = f"v{turn}-{a_second}"
            without, during, rounds = slowed(bench, owners, volume, content, a_second)
            bench.say(f"{f'round {turn}' if turn else 'warm-up'}: a writer of {pace}: {without:.0f} writes/s without, {during:.0f} writes/s in round {rounds + 1}")
            if turn > 0:
                rates[pace]["without"].append(without)
                rates[pace]["during"].append(during)
    owners.stop()
    for pace, each in rates.items():
        title = f"writes of {BLOCK_BYTES} bytes, {pace}, during a round limited to {ROUNDS_MIB_A_SECOND} MiB/s"
        yield Row(title, "writes/s", Figure(tuple(each["during"])), Figure(tuple(each["without"])), "without a migration", Target(SLOW_DOWN_MIN))


def slowed(bench, owners, volume, content, a_second):
    filled(owners, volume, FIRST_ROUND_MIB, content)
    machine.settle()
    with Writer(bench, owners.uri(volume), FIRST_ROUND_MIB, a_second) as writer:
        writer.write_for(WARM_SECONDS)
        began = now_millis()
        writer.write_for(bench.seconds)
        begun = now_millis()
        owners.begin(volume, bandwidth=ROUNDS_MIB_A_SECOND << 20, confirm=True)
        writer.write_for(bench.seconds)
        ended = now_millis()
        rounds = owners.seen(volume)["rounds"]
    owners.call("home", "PUT", f"/v1/migrations/{volume}/bandwidth", {"bytes_per_second": 0})
    owners.call("home", "POST", f"/v1/migrations/{volume}/confirm")
    owners.until(volume, lambda now: now.get("ended"))
    without = writer.count(began, begun) / (begun - began) * 1000
    during = writer.count(begun, ended) / (ended - begun) * 1000
    owners.forget(volume)
    return without, during, rounds
