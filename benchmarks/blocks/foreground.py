#!/usr/bin/env python3
"""Runs a server that puts itself into the background as if it did not: who ends this ends it."""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2): whoever loses its parent below us becomes our child


def end_children(number, frame):
    for child in Path("/proc/self/task").glob("*/children"):
        for pid in child.read_text().split():
            os.kill(int(pid), signal.SIGTERM)


if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
    sys.exit(f"foreground.py: prctl: {os.strerror(ctypes.get_errno())}")
signal.signal(signal.SIGTERM, end_children)
os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # all of them have ended
