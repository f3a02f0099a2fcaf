"""Two gateways on this machine: home has volumes and pushes them, away has their copies."""

import subprocess
import sys
import time

from blocks import peers
from blocks.admin import Admin
from runner.servers import Server, free_port

LOOK_EVERY_SECONDS = 0.02


class Sites:
    """Home pushes through TLS or without; both are on one disk, each with a state of its own."""

    def __init__(self, bench, name, volumes, jobs, certificates=None, without_sync=False):
        self.bench, self.name, self.without_sync = bench, name, without_sync
        self.folder = bench.folder / name
        self.sockets = {site: peers.short_socket(bench) for site in ["home", "away"]}
        self.nbd, self.peer = free_port(), free_port()
        scheme = "https" if certificates else "http"
        tls = f"    tls: {{ certificate: {certificates}/server-cert.pem, key: {certificates}/server-key.pem, peer_ca: {certificates}/ca-cert.pem }}\n" if certificates else ""
        named = "certificate: localhost, " if certificates else ""
        who = "" if certificates else ", peer: home"
        self.write("home", f"""volumes: {{ {", ".join(f"{volume}: {{ store: disk, size: {size} }}" for volume, size in volumes.items())} }}
modules:
  nbd:
    listen: tcp://127.0.0.1:{self.nbd}
    exports: {{ {", ".join(f"{volume}: {{ volume: {volume} }}" for volume in volumes if len(volumes) <= 100)} }}
  replication:
{tls}    peers: {{ away: {{ {named}at: "{scheme}://127.0.0.1:{self.peer}" }} }}
    jobs: {{ {", ".join(f"{job}: {{ push: away, {settings} }}" for job, settings in jobs.items())} }}
""")
        self.write("away", f"""modules:
  replication:
    listen: [ {{ address: "tcp://127.0.0.1:{self.peer}"{who} }} ]
{tls}    peers: {{ home: {{ {named}push: {{ store: disk, volumes: "*" }} }} }}
""")
        self.start()

    def write(self, site, settings):
        folder = self.folder / site
        folder.mkdir(parents=True)
        (folder / "penstock.yaml").write_text(
            f"""gateway: {{ state: state, plugins: {self.bench.home}/plugins }}
admin: {{ socket: {self.sockets[site]} }}
stores: {{ disk: {{ kind: files, path: volumes }} }}
{settings}""")

    def start(self, without_sync=None):
        unsynced = self.without_sync if without_sync is None else without_sync
        self.servers = {}
        for site, port in {"away": self.peer, "home": self.nbd}.items():
            command = [f"{self.bench.home}/bin/penstock", "run", str(self.folder / site / "penstock.yaml")]
            server = Server(f"{self.name} {site}", ["eatmydata", *command] if unsynced else command, port, peers.uri(port))
            self.servers[site] = self.bench.start(server)
        self.home, self.away = (Admin(self.sockets[site]) for site in ["home", "away"])
        while not all(socket.exists() for socket in self.sockets.values()):
            time.sleep(LOOK_EVERY_SECONDS)  # it comes last

    def stop(self):
        for server in self.servers.values():
            server.stop()

    def uri(self, volume):
        return f"nbd://127.0.0.1:{self.nbd}/{volume}"

    def create(self, volume, mib):
        self.home.call("PUT", f"/v1/volumes/{volume}", {"store": "disk", "size_bytes": mib << 20})
        self.home.call("PUT", f"/v1/exports/{volume}", {"volume": volume})

    def fill(self, volume, content):
        subprocess.run(["nbdcopy", "--flush", content, self.uri(volume)], check=True)

    def forget(self, volume):
        """Takes the anchors away, and the volume and its copy with them."""
        self.home.call("DELETE", f"/v1/exports/{volume}")
        for admin, name in [(self.home, volume), (self.away, f"home.{volume}")]:
            for one in admin.call("GET", f"/v1/volumes/{name}/snapshots")[0]["snapshots"]:
                for tag in one["holds"]:
                    admin.call("DELETE", f"/v1/volumes/{name}/snapshots/{one['snapshot']}/holds/{tag}")
            admin.call("DELETE", f"/v1/volumes/{name}")

    def run(self, job):
        """How many seconds a run took, from the request until it is seen to have ended well."""
        began = time.monotonic()
        task = self.home.call("POST", f"/v1/jobs/{job}/runs")[0]["task"]
        while self.home.call("GET", f"/v1/tasks/{task}")[0]["state"] in ["running", "cancelling"]:
            time.sleep(LOOK_EVERY_SECONDS)
        seconds = time.monotonic() - began
        said = self.home.call("GET", f"/v1/jobs/{job}")[0]
        if said["last_outcome"] != "succeeded":
            sys.exit(f"benchmarks/run: job {job}: {said}")
        return seconds
