"""btrfs send and receive between two file systems on loop images. Only root can mount them."""

import subprocess
import time

from blocks import load
from blocks.scattered import DISK_BYTES
from runner import machine

IMAGE_BYTES = 8 << 30


class Btrfs:
    def __init__(self, bench):
        self.mounted = []
        self.source, self.target = (self.mount(bench, name) for name in ["btrfs-source", "btrfs-target"])
        bench.at_end(self.close)
        load.run(["btrfs", "subvolume", "create", str(self.source / "live")])
        self.disk = self.source / "live" / "disk"
        with open(self.disk, "wb") as out:
            out.truncate(DISK_BYTES)
        self.snapshot = self.take("empty")
        self.send(["btrfs", "send", "-q", str(self.snapshot)])

    def mount(self, bench, name):
        image, folder = bench.folder / f"{name}.img", bench.folder / name
        with open(image, "wb") as out:
            out.truncate(IMAGE_BYTES)
        load.run(["mkfs.btrfs", "-q", str(image)])
        folder.mkdir()
        load.run(["mount", "-o", "loop", str(image), str(folder)])
        self.mounted.append(folder)
        return folder

    def take(self, name):
        snapshot = self.source / name
        load.run(["btrfs", "subvolume", "snapshot", "-r", str(self.source / "live"), str(snapshot)])
        load.run(["btrfs", "filesystem", "sync", str(self.source)])
        return snapshot

    def sent(self, places, round):
        """How many seconds it takes to send what a round has written, until it is durable."""
        places.to_file(self.disk, round)
        before, self.snapshot = self.snapshot, self.take(f"s{round}")
        machine.settle()
        return self.send(["btrfs", "send", "-q", "-p", str(before), str(self.snapshot)])

    def send(self, command):
        began = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as send:
            subprocess.run(["btrfs", "receive", "-q", str(self.target)], stdin=send.stdout, check=True)
        load.run(["btrfs", "filesystem", "sync", str(self.target)])
        return time.monotonic() - began

    def close(self):
        while self.mounted:
            subprocess.run(["umount", str(self.mounted.pop())], check=True)
