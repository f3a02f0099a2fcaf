"""btrfs send and receive between two file systems on loop images. Only root can mount them."""

import subprocess
import time

from blocks import load
from runner import machine

IMAGE_BYTES = 8 << 30


class Btrfs:
    def __init__(self, bench):
        self.mounted = []
        self.source, self.target = (self.mount(bench, name) for name in ["btrfs-source", "btrfs-target"])
        bench.at_end(self.close)

    def mount(self, bench, name):
        image, folder = bench.folder / f"{name}.img", bench.folder / name
        with open(image, "wb") as out:
            out.truncate(IMAGE_BYTES)
        load.run(["mkfs.btrfs", "-q", str(image)])
        folder.mkdir()
        load.run(["mount", "-o", "loop", str(image), str(folder)])
        self.mounted.append(folder)
        return folder

    def take(self, live, name):
        snapshot = self.source / name
        load.run(["btrfs", "subvolume", "snapshot", "-r", str(live), str(snapshot)])
        load.run(["btrfs", "filesystem", "sync", str(self.source)])
        return snapshot

    def sent(self, places, round):
        """How many seconds it takes to send what was written to a new disk, until it is durable."""
        live = self.source / f"live{round}"
        load.run(["btrfs", "subvolume", "create", str(live)])
        disk = places.disk(live / "disk")
        empty = self.take(live, f"empty{round}")
        self.send(["btrfs", "send", "-q", str(empty)])
        places.to_file(disk, round)
        written = self.take(live, f"written{round}")
        machine.settle()
        seconds = self.send(["btrfs", "send", "-q", "-p", str(empty), str(written)])
        for gone in [live, empty, written, self.target / empty.name, self.target / written.name]:
            load.run(["btrfs", "subvolume", "delete", "-c", str(gone)])
        return seconds

    def send(self, command):
        began = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as send:
            subprocess.run(["btrfs", "receive", "-q", str(self.target)], stdin=send.stdout, check=True)
        load.run(["btrfs", "filesystem", "sync", str(self.target)])
        return time.monotonic() - began

    def close(self):
        while self.mounted:
            subprocess.run(["umount", str(self.mounted.pop())], check=True)
