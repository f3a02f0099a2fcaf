"""Small writes all over a large disk, the same ones to whatever is compared."""

import os
import random
import time

import nbd

BLOCK = 4096
DISK_BYTES = 1 << 40


class Scattered:
    """As many writes a round, each at another place, of bytes that nothing can compress."""

    def __init__(self, count):
        self.count = count
        self.bytes = os.urandom(count * BLOCK)

    def disk(self, file):
        """A sparse one."""
        with open(file, "wb") as out:
            out.truncate(DISK_BYTES)
        return file

    def offsets(self, round):
        return random.Random(round).sample(range(0, DISK_BYTES, BLOCK), self.count)

    def writes(self, round):
        for i, offset in enumerate(self.offsets(round)):
            yield offset, self.bytes[i * BLOCK : (i + 1) * BLOCK]

    def through_nbd(self, uri, round):
        client = nbd.NBD()
        client.connect_uri(uri)
        for offset, content in self.writes(round):
            client.pwrite(content, offset)
        client.flush()
        client.shutdown()

    def to_file(self, file, round):
        disk = os.open(file, os.O_RDWR)
        for offset, content in self.writes(round):
            os.pwrite(disk, content, offset)
        os.fdatasync(disk)
        os.close(disk)

    def copied(self, source, target, round):
        """How many seconds it takes to copy a round by hand: what nobody can do with less."""
        offsets = sorted(self.offsets(round))
        began = time.monotonic()
        ours, theirs = os.open(source, os.O_RDONLY), os.open(target, os.O_RDWR)
        for offset in offsets:
            os.pwrite(theirs, os.pread(ours, BLOCK, offset), offset)
        os.fdatasync(theirs)
        os.close(ours)
        os.close(theirs)
        return time.monotonic() - began
