"""What has to be installed, and in which Debian package it comes."""

import shutil
import subprocess
import sys


def require(programs):
    """Ends the run if a program (or "python3:MODULE") is missing, naming the packages of all that are."""
    missing = sorted({package for program, package in programs.items() if not installed(program)})
    if missing:
        sys.exit(f"benchmarks/run: not installed: apt-get install {' '.join(missing)}")


def installed(program):
    kind, _, module = program.partition(":")
    if module:
        # Debian's modules belong to Debian's python3, whatever stands first in the path.
        return subprocess.run([f"/usr/bin/{kind}", "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0
    return shutil.which(program) is not None
