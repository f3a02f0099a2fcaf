"""Penstock and the peers as servers: how each is started, on a file of its own with the same content.

Everything is at its defaults, but for what makes a peer faster (io_uring for qemu). None has a file
of a file system without a page cache, and nobody's file is another one's.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from runner.servers import Server, free_port

PENSTOCK, NBDKIT, NBDKIT_MEMORY = "Penstock", "nbdkit file", "nbdkit memory"
QEMU_NBD, QSD, NBD_SERVER = "qemu-nbd", "qemu-storage-daemon", "nbd-server"


def image(bench, mib):
    """Bytes that nothing can compress or skip."""
    file = bench.folder / "image"
    with open(file, "wb") as out:
        for _ in range(mib):
            out.write(os.urandom(1 << 20))
    return file


def penstock(bench, mib, settings=(), name="penstock", tls="off"):
    """The gateway on a volume "bench"; settings are more lines of the module's configuration."""
    port = free_port()
    home = bench.folder / name
    home.mkdir()
    config = home / "penstock.yaml"
    config.write_text(
        f"""gateway: {{ state: state, plugins: {bench.home}/plugins }}
admin: {{ socket: {short_socket(bench)} }}
stores: {{ disk: {{ kind: files, path: volumes }} }}
volumes: {{ bench: {{ store: disk, size: {mib}MiB }} }}
modules:
  nbd:
    listen: [ {{ address: "tcp://127.0.0.1:{port}", tls: {tls} }} ]
    exports: {{ bench: {{ volume: bench }} }}
"""
        + "".join(line + "\n" for line in settings)
    )
    return Server(PENSTOCK, [f"{bench.home}/bin/penstock", "run", str(config)], port, uri(port))


def refusal(server):
    """Why this distribution does not take the configuration of a server; empty if it does."""
    binary, _, config = server.command
    return subprocess.run([binary, "check", config], capture_output=True, text=True).stderr.strip()


def short_socket(bench):
    """A socket's path has at most 107 bytes, and that of a work folder may have more."""
    return bench.keep(Path(tempfile.mkdtemp(prefix="penstock-bench."))) / "admin.sock"


def nbdkit(bench, content):
    return nbdkit_on(copy_of(bench, content, "nbdkit"))


def nbdkit_on(file):
    port = free_port()
    return Server(NBDKIT, ["nbdkit", "-f", "-i", "127.0.0.1", "-p", str(port), "file", str(file)], port, uri(port), file)


def nbdkit_memory(bench, mib):
    port = free_port()
    return Server(NBDKIT_MEMORY, ["nbdkit", "-f", "-i", "127.0.0.1", "-p", str(port), "memory", f"{mib}M"], port, uri(port))


def qemu_nbd(bench, content):
    port, file = free_port(), copy_of(bench, content, "qemu-nbd")
    command = ["qemu-nbd", "--bind=127.0.0.1", f"--port={port}", "--export-name=bench", "--persistent"]
    command += ["--shared=0", "--format=raw", "--cache=writeback", "--aio=io_uring", str(file)]
    return Server(QEMU_NBD, command, port, uri(port), file)


def storage_daemon(bench, content):
    port, file = free_port(), copy_of(bench, content, "qsd")
    command = ["qemu-storage-daemon", "--blockdev", f"file,node-name=disk,filename={file},aio=io_uring"]
    command += ["--nbd-server", f"addr.type=inet,addr.host=127.0.0.1,addr.port={port},max-connections=0"]
    command += ["--export", "nbd,id=bench,node-name=disk,name=bench,writable=on"]
    return Server(QSD, command, port, uri(port), file)


def nbd_server(bench, content):
    port, file = free_port(), copy_of(bench, content, "nbd-server")
    config = bench.folder / "nbd-server.conf"
    config.write_text(f"[generic]\nlistenaddr = 127.0.0.1\nport = {port}\n[bench]\nexportname = {file}\n")
    # Its -d would keep it in the foreground, and serve one client after the other.
    foreground = str(Path(__file__).with_name("foreground.py"))
    command = [foreground, "nbd-server", "-C", str(config), "-p", str(bench.folder / "nbd-server.pid")]
    return Server(NBD_SERVER, command, port, uri(port), file)


def fill(server, content):
    """For a server that keeps its bytes where we cannot put them."""
    subprocess.run(["nbdcopy", "--flush", content, server.uri], check=True)


def copy_of(bench, content, name):
    file = bench.folder / f"{name}.img"
    shutil.copyfile(content, file)
    return file


def uri(port):
    return f"nbd://127.0.0.1:{port}/bench"
