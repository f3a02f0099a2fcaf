"""A client that writes 4 KiB at random places all the time, and notes when each write is acknowledged."""

import signal
import subprocess
import sys
import time

BLOCK_BYTES = 4096
DEPTH = 8


class Writer:
    """Fio; within a block. Afterwards {acknowledged} has the milliseconds since the epoch of each write."""

    def __init__(self, bench, uri, mib, a_second):
        self.log = bench.folder / "writer"
        self.command = ["fio", "--name=writer", "--ioengine=nbd", f"--uri={uri}", "--rw=randwrite", f"--bs={BLOCK_BYTES}", f"--iodepth={DEPTH}"]
        self.command += [f"--size={mib}m", "--thread", "--time_based", "--runtime=3600", "--norandommap", "--randrepeat=0", f"--write_lat_log={self.log}", "--log_unix_epoch=1"]
        self.command += [f"--rate_iops={a_second}"] if a_second else []
        self.acknowledged = []

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return self

    def write_for(self, seconds):
        time.sleep(seconds)
        if self.process.poll() is not None:
            sys.exit(f"benchmarks/run: the writer ended: {self.process.stdout.read().decode()}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate()[0].decode()
        file = self.log.with_name(f"{self.log.name}_clat.1.log")
        if "err= 0" not in said or not file.exists():
            sys.exit(f"benchmarks/run: the writer failed: {said}")
        with open(file) as lines:
            self.acknowledged = sorted(int(line.split(",", 1)[0]) for line in lines)
        for each in self.log.parent.glob(f"{self.log.name}_*.log"):
            each.unlink()

    def longest_gap_millis(self, began, ended):
        """Between two acknowledgements; the writer has to have written before and after."""
        times = [at for at in self.acknowledged if began - 1000 <= at <= ended + 1000]
        return max(later - earlier for earlier, later in zip(times, times[1:]))

    def count(self, began, ended):
        return sum(began <= at <= ended for at in self.acknowledged)


def now_millis():
    return time.time_ns() // 1_000_000
