"""Certificates of an authority that lives for one run, and the servers that use them."""

import os
import subprocess
from dataclasses import replace

from blocks.peers import NBDKIT, copy_of
from runner.servers import Server, free_port


def certificates(folder):
    """A folder as libnbd and nbdkit want it: ca-cert.pem, server-cert.pem, server-key.pem."""
    made = folder / "pki"
    made.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", made / "ca-key.pem", "-out", made / "ca-cert.pem", "-days", "2", "-subj", "/CN=benchmark")
    names = made / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("req", *key, "-keyout", made / "server-key.pem", "-out", made / "server.csr", "-subj", "/CN=localhost")
    authority = ["-CA", made / "ca-cert.pem", "-CAkey", made / "ca-key.pem", "-CAcreateserial"]
    openssl("x509", "-req", "-in", made / "server.csr", *authority, "-days", "2", "-extfile", names, "-out", made / "server-cert.pem")
    return made


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def settings(made):
    """What our module shows itself with."""
    return [f"    tls: {{ certificate: {made}/server-cert.pem, key: {made}/server-key.pem }}"]


def view(ours, made):
    """Our server again, on the same port, for clients that begin with STARTTLS."""
    return replace(ours, uri=uri(ours.port), client=trusting(made))


def nbdkit(bench, content, made):
    port, file = free_port(), copy_of(bench, content, "nbdkit-tls")
    command = ["nbdkit", "-f", "-i", "127.0.0.1", "-p", str(port), "--tls=require", f"--tls-certificates={made}", "file", str(file)]
    return Server(NBDKIT, command, port, uri(port), file, client=trusting(made))


def uri(port):
    return f"nbds://127.0.0.1:{port}/bench"


def trusting(made):
    """fio takes no certificates in its URI: libnbd finds them in the home of whoever is not root."""
    home = made.parent / "home"
    (home / ".pki").mkdir(parents=True, exist_ok=True)
    found = home / ".pki" / "libnbd"
    if not found.exists():
        found.symlink_to(made)
    nobody_special = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    return ("env", f"HOME={home}", *nobody_special)
