"""The distribution that is measured: built here if it is missing or older than its sources."""

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
HOME = TOP / "gateway" / "target" / "penstock"


def built():
    """The folder of a distribution that is as new as the sources."""
    if newest(sources()) > newest((TOP / "gateway" / "target").glob("penstock-*.tar.gz")):
        print("building the distribution first", file=sys.stderr)
        subprocess.run(["mvn", "-q", "-B", "-DskipTests", "package"], cwd=TOP, check=True)
    return HOME


def sources():
    for part in [TOP / "pom.xml", TOP / "conf", TOP / "spi", TOP / "gateway", *(TOP / "plugins").iterdir()]:
        if part.is_file():
            yield part
        for name in ["pom.xml", "plugin.properties", "src"]:
            yield from [part / name] if (part / name).is_file() else (part / name).rglob("*")


def newest(files):
    return max((file.stat().st_mtime for file in files), default=0)


def commit():
    """What is measured, as git describes it."""
    describe = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=TOP, capture_output=True, text=True)
    return describe.stdout.strip() or "of unknown commit"
