"""A gateway with volumes of many layers, and a qcow2 overlay under qemu-nbd."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from blocks import load, peers
from blocks.admin import Admin
from runner.servers import Server, free_port

SPARSE = ("big", "scattered")


class Store:
    """The gateway, and the volumes that the chosen workloads need, filled."""

    def __init__(self, bench, mib, names):
        self.bench, self.mib, self.taken = bench, mib, 0
        self.content = peers.image(bench, mib)
        volumes = ["raw", *self.needed(names)]
        self.server = bench.start(self.gateway(volumes))
        self.admin = Admin(self.socket)
        for volume in volumes:
            if volume not in SPARSE:
                subprocess.run(["nbdcopy", "--flush", self.content, self.uri(volume)], check=True)
        for volume in volumes:
            self.prepare(volume)

    @staticmethod
    def needed(names):
        volumes = {"idle": ["big"], "busy": ["busy"], "diff": ["scattered"], "opening": ["many"], "durable": ["first", "second"], "qcow2": ["first"], "many": ["many"]}
        found = []
        for name in names:
            how, _, depth = name.partition("-")
            for volume in volumes.get(name) or [f"{how[0]}{depth}"]:
                if volume not in found:
                    found.append(volume)
        return found

    def gateway(self, volumes):
        server = peers.penstock(self.bench, self.mib, name="store")
        config = Path(server.command[-1])
        lines = config.read_text().splitlines()
        sizes = {volume: "1TiB" if volume in SPARSE else f"{self.mib}MiB" for volume in volumes}
        self.socket = next(line for line in lines if line.startswith("admin:")).split()[3]
        lines = [f"volumes: {{ {', '.join(f'{v}: {{ store: disk, size: {size} }}' for v, size in sizes.items())} }}" if line.startswith("volumes:") else line for line in lines]
        lines = [f"    exports: {{ {', '.join(f'{v}: {{ volume: {v} }}' for v in volumes)} }}" if line.strip().startswith("exports:") else line for line in lines]
        config.write_text("\n".join(lines) + "\n")
        return server

    def uri(self, volume):
        return self.server.uri.rpartition("/")[0] + "/" + volume

    def view(self, volume, name=peers.PENSTOCK):
        return replace(self.server, name=name, uri=self.uri(volume))

    def take(self, volume):
        self.taken += 1
        self.admin.snapshot(volume, f"t{self.taken}")

    def prepare(self, volume):
        if volume == "second":
            self.take(volume)
            subprocess.run(["nbdcopy", "--flush", self.content, self.uri(volume)], check=True)
        elif volume == "many":
            self.layer(volume, 4096)
        elif volume[0] in "rw" and volume[1:].isdigit():
            self.layer(volume, int(volume[1:]))
            if volume[0] == "w":
                subprocess.run(["nbdcopy", "--flush", self.content, self.uri(volume)], check=True)

    def layer(self, volume, depth):
        writes = self.mib * 256 // depth
        command = ["/usr/bin/python3", str(Path(__file__).with_name("scatter.py")), self.uri(volume), str(depth)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as scatter:
            for i in range(depth):
                self.take(volume)
                print(max(1, writes), file=scatter.stdin)
                if scatter.stdout.readline() != "done\n":
                    raise SystemExit(f"benchmarks/run: nobody could write {volume}")
                if i % 256 == 255:
                    self.bench.say(f"{volume}: {i + 1} snapshots")
            scatter.stdin.close()


class Overlay:
    """A qcow2 overlay that nobody has written to, under qemu-nbd."""

    def __init__(self, bench, content):
        self.bench, self.base, self.made = bench, bench.folder / "base.raw", 0
        shutil.copyfile(content, self.base)

    def start(self):
        (self.bench.folder / f"overlay{self.made}.qcow2").unlink(missing_ok=True)  # its server has ended
        self.made += 1
        file = self.bench.folder / f"overlay{self.made}.qcow2"
        load.run(["qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=65536", "-b", str(self.base), "-F", "raw", str(file)])
        port = free_port()
        command = ["qemu-nbd", "--bind=127.0.0.1", f"--port={port}", "--export-name=bench", "--persistent", "--shared=0", "--format=qcow2", "--cache=writeback", str(file)]
        return self.bench.start(Server("qcow2 overlay", command, port, peers.uri(port), file))


def longest_gap_millis(log):
    """From fio's log of completions: milliseconds, and the latency of each in nanoseconds."""
    times = sorted(int(line.split(",")[0]) for line in log.read_text().splitlines())
    return float(max(after - before for before, after in zip(times, times[1:])))
