"""What the kernel says about this machine and about a process, from /proc."""

import mmap
import os
import platform
import subprocess
from pathlib import Path

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """What a process has used so far: its threads, its children, and those of them that have ended."""
    used = 0.0
    for process in [pid, *descendants(pid)]:
        try:
            # After the name, which may hold anything: utime, stime, cutime, cstime are fields 14 to 17.
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile, and so is counted by its parent
        used += sum(map(int, fields[11:15])) * TICK_SECONDS
    return used


def descendants(pid):
    """Peers that fork have a process for every client."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def unshared_mib(pid):
    """RssAnon and RssShmem: what would be free if the process ended. Pages of files are not its own."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(status[name].split()[0]) for name in ["RssAnon", "RssShmem"]) / 1024


def settle(mib=3072):
    """Before something is measured that writes much: nothing else waits to be written, and memory is there.

    Where this machine is a guest, its host backs memory when it is first touched, and takes back what was free for some
    seconds: to write a file into such memory takes ten times as long, and hits whoever comes when what was just freed is used up.
    So that much is touched and given back.
    """
    os.sync()
    with mmap.mmap(-1, mib << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        for at in range(0, mib << 20, mmap.PAGESIZE):
            memory[at] = 1


def load():
    return float(Path("/proc/loadavg").read_text().split()[0])


def described(folder):
    """Processors, memory, kernel and file system, in a line."""
    cpu = next(line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    file_system = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", folder], capture_output=True, text=True).stdout.strip()
    return f"{os.cpu_count()} × {cpu}, {gib:.0f} GiB of memory, Linux {platform.release()}, {file_system}"
