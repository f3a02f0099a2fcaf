"""Two gateways on this machine that may hand volumes over to each other."""

import sys
import time

from blocks import peers
from blocks.admin import Admin
from runner.servers import Server, free_port

LOOK_EVERY_SECONDS = 0.01


class Owners:
    """Home has the volumes and serves them; away takes them over. Both are on one disk."""

    def __init__(self, bench, name):
        self.bench, self.name = bench, name
        self.folder = bench.folder / name
        self.sockets = {site: peers.short_socket(bench) for site in ["home", "away"]}
        self.nbd = {site: free_port() for site in ["home", "away"]}
        self.peer = {site: free_port() for site in ["home", "away"]}
        self.servers, self.admins = {}, {}
        for site, other in [("home", "away"), ("away", "home")]:
            self.write(site, other)
            self.start(site)

    def write(self, site, other):
        folder = self.folder / site
        folder.mkdir(parents=True)
        (folder / "penstock.yaml").write_text(f"""gateway: {{ state: state, plugins: {self.bench.home}/plugins }}
admin: {{ socket: {self.sockets[site]} }}
stores: {{ disk: {{ kind: files, path: volumes }} }}
modules:
  nbd: {{ listen: tcp://127.0.0.1:{self.nbd[site]} }}
  replication:
    listen: [ {{ address: "tcp://127.0.0.1:{self.peer[site]}", peer: {other} }} ]
    peers: {{ {other}: {{ at: "http://127.0.0.1:{self.peer[other]}", migrate: {{ store: disk, volumes: "*" }} }} }}
""")

    def start(self, site):
        command = [f"{self.bench.home}/bin/penstock", "run", str(self.folder / site / "penstock.yaml")]
        server = Server(f"{self.name} {site}", command, self.nbd[site], peers.uri(self.nbd[site]))
        self.servers[site] = self.bench.start(server)
        while not self.sockets[site].exists():
            time.sleep(LOOK_EVERY_SECONDS)  # it comes last
        self.admins[site] = Admin(self.sockets[site])

    def kill(self, site):
        server = self.servers[site]
        server.process.kill()
        server.process.wait()
        self.sockets[site].unlink(missing_ok=True)

    def stop(self):
        for server in self.servers.values():
            server.stop()

    def call(self, site, method, path, body=None):
        return self.admins[site].call(method, path, body)[0]

    def uri(self, volume):
        return f"nbd://127.0.0.1:{self.nbd['home']}/{volume}"

    def create(self, volume, mib):
        self.call("home", "PUT", f"/v1/volumes/{volume}", {"store": "disk", "size_bytes": mib << 20})
        self.call("home", "PUT", f"/v1/exports/{volume}", {"volume": volume})

    def forget(self, volume):
        """Wherever it is by now, and what was kept of it."""
        self.call("home", "DELETE", f"/v1/exports/{volume}")
        for site in ["home", "away"]:
            if volume not in [one["name"] for one in self.call(site, "GET", "/v1/volumes")["volumes"]]:
                continue
            while self.call(site, "GET", f"/v1/volumes/{volume}")["users"]:
                time.sleep(LOOK_EVERY_SECONDS)  # clients that were led on have just left
            for one in self.call(site, "GET", f"/v1/volumes/{volume}/snapshots")["snapshots"]:
                for tag in one["holds"]:
                    self.call(site, "DELETE", f"/v1/volumes/{volume}/snapshots/{one['snapshot']}/holds/{tag}")
            self.call(site, "DELETE", f"/v1/volumes/{volume}")

    def begin(self, volume, **wishes):
        self.call("home", "POST", f"/v1/migrations/{volume}", {"to": "away", **wishes})

    def seen(self, volume):
        return self.call("home", "GET", f"/v1/migrations/{volume}")

    def until(self, volume, reached):
        """What is seen once it has come so far; whoever waits for what never comes is told why."""
        while not reached(seen := self.seen(volume)):
            if seen.get("failure"):
                sys.exit(f"benchmarks/run: the migration of {volume}: {seen}")
            time.sleep(LOOK_EVERY_SECONDS)
        return seen

    def moved(self, volume, **wishes):
        self.begin(volume, **wishes)
        seen = self.until(volume, lambda now: now.get("ended"))
        if seen["phase"] != "done":
            sys.exit(f"benchmarks/run: the migration of {volume}: {seen}")
        return seen
