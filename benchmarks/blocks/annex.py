"""Repositories of a real git-annex in the chroot of the peers, its own server for them, nginx on their files, and ours."""

import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from blocks import peers
from runner.servers import Server, free_port

TRIXIE = Path(os.environ.get("PENSTOCK_TRIXIE", "/var/lib/penstock-peers/trixie"))
CLIENT = str(uuid.UUID(int=1))
P2PHTTP, NGINX = "git-annex p2phttp", "nginx"


class Repository:
    """Made anew below the chroot, where our own gateway sees it as well."""

    def __init__(self, bench, name):
        if not (TRIXIE / "penstock-peers").exists():
            sys.exit(f"benchmarks/run: there is no {TRIXIE}: .ci/run makes it, as root")
        self.path = Path(tempfile.mkdtemp(prefix="penstock-bench.", dir=TRIXIE / "tmp"))
        bench.keep(self.path)
        bench.at_end(lambda: subprocess.run(["chmod", "-R", "u+w", str(self.path)], check=False))
        self.inside = f"/{self.path.relative_to(TRIXIE)}"
        self.shell(f"git init -q . && git annex init -q {name} >&2")
        self.uuid = self.shell("git config annex.uuid").strip()

    def command(self, script):
        who = [f"GIT_{one}_{what}" for one in ["AUTHOR", "COMMITTER"] for what in ["NAME=bench", "EMAIL=b@localhost"]]
        return ["chroot", str(TRIXIE), "/usr/bin/env", f"HOME={self.inside}", "LC_ALL=C.UTF-8", *who, "sh", "-c", f"cd {self.inside} && {script}"]

    def shell(self, script):
        return subprocess.run(self.command(script), check=True, stdout=subprocess.PIPE, text=True).stdout

    def add(self, name, content):
        """The key of a new file, and where its content lies."""
        (self.path / name).write_bytes(content)
        self.shell(f"git annex add -q {name} && git commit -qm {name}")
        key = self.shell(f"git annex lookupkey {name}").strip()
        return key, self.path / self.shell(f"git annex contentlocation {key}").strip()

    def p2phttp(self):
        port = free_port()
        command = self.command(f"exec git-annex p2phttp --bind 127.0.0.1 --port {port} -J16 --wideopen")
        return Server(P2PHTTP, command, port, f"http://127.0.0.1:{port}/git-annex/{self.uuid}")


def penstock(bench, name, repositories):
    """Repositories by name, each with the settings it is served by."""
    port = free_port()
    home = bench.folder / name
    home.mkdir()
    config = home / "penstock.yaml"
    lines = "".join(f"      {each}: {{ {settings}, anonymous: all }}\n" for each, settings in repositories.items())
    config.write_text(
        f"""gateway: {{ state: state, plugins: {bench.home}/plugins }}
admin: {{ socket: {peers.short_socket(bench)} }}
modules:
  p2p:
    listen: [ "tcp://127.0.0.1:{port}" ]
    repositories:
{lines}"""
    )
    return Server(name, [f"{bench.home}/bin/penstock", "run", str(config)], port, f"http://127.0.0.1:{port}/git-annex")


def nginx(bench, folder):
    """Files below a folder, by sendfile, with as many workers as processors."""
    port = free_port()
    home = bench.folder / "nginx"
    home.mkdir()
    config = home / "nginx.conf"
    config.write_text(
        f"""daemon off; worker_processes auto; pid {home}/pid; error_log stderr; user root;
events {{ }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type application/octet-stream;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi; uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
    )
    return Server(NGINX, ["nginx", "-c", str(config), "-p", str(home)], port, f"http://127.0.0.1:{port}")
