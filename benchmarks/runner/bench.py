"""One run: its options, its work folder, its servers, and the turns that measurements take."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from runner import machine

HERE = Path(__file__).resolve().parents[1]


class Bench:
    """What an area is given. Leaving it ends every server and removes the work folder."""

    def __init__(self, asked, home):
        self.home = home
        self.quick = asked.quick
        self.only = asked.only.split(",") if asked.only else []
        self.rounds = asked.rounds or (3 if asked.quick else 5)
        self.seconds = asked.seconds or (2 if asked.quick else 5)
        self.load = machine.load()
        self.servers = []
        self.folders = []
        self.others = []

    def __enter__(self):
        (HERE / "target").mkdir(exist_ok=True)
        self.folder = self.keep(Path(tempfile.mkdtemp(prefix="run.", dir=HERE / "target")))
        self.machine = machine.described(self.folder)
        self.began = time.monotonic()
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()
        for close in self.others:
            close()
        for folder in self.folders:
            shutil.rmtree(folder)

    def keep(self, folder):
        """A folder that stays until the run ends."""
        self.folders.append(folder)
        return folder

    def at_end(self, close):
        """Does this as well when the run ends, whatever happens; it may have been done before."""
        self.others.append(close)

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.0f} s  {text}", file=sys.stderr, flush=True)

    def start(self, server):
        self.servers.append(server)
        return server.start(self.folder / f"{server.name.replace(' ', '-')}.log")

    def chosen(self, names):
        """The workloads that were asked for, in their own order."""
        unknown = [name for name in self.only if name not in names]
        if unknown:
            sys.exit(f"benchmarks/run: no workload {', '.join(unknown)}; there are {', '.join(names)}")
        return [name for name in names if not self.only or name in self.only]

    def in_turns(self, workloads):
        """Measures every (workload, server) once to warm up, then once a round, so that noise hits all alike.

        A workload has servers and measure(server, seconds). Who begins changes with every round.
        Answers {workload's name: {server's name: [measurement of each round]}}.
        """
        taken = {w.name: {server.name: [] for server in w.servers} for w in workloads}
        for round in range(self.rounds + 1):
            for workload in workloads:
                first = round % len(workload.servers)
                for server in workload.servers[first:] + workload.servers[:first]:
                    measurement = workload.measure(server, self.seconds)
                    if round > 0:
                        taken[workload.name][server.name].append(measurement)
                    self.say(f"{f'round {round}' if round else 'warm-up'}: {workload.name}, {server.name}: {measurement}")
        return taken
