#!/usr/bin/python3
"""hold.py PORT EXPORT COUNT: opens COUNT connections, brings each to the transmission phase, says so, and holds them until its input ends."""

import socket
import struct
import sys

OPTION_MAGIC, REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
GO, ACK = 7, 1
FIXED_NEWSTYLE_NO_ZEROES = 3
PER_ADDRESS = 10_000  # well below the ephemeral ports that one address of ours has


def main(port, export, count):
    held = [connected(port, export, f"127.0.0.{2 + index // PER_ADDRESS}") for index in range(count)]
    print(len(held), flush=True)
    sys.stdin.read()


def connected(port, export, source):
    client = socket.socket()
    client.bind((source, 0))
    client.connect(("127.0.0.1", port))
    take(client, 18)  # magic, magic, flags
    name = export.encode()
    data = struct.pack(">I", len(name)) + name + struct.pack(">H", 0)
    client.sendall(struct.pack(">IQII", FIXED_NEWSTYLE_NO_ZEROES, OPTION_MAGIC, GO, len(data)) + data)
    while True:
        magic, _, kind, length = struct.unpack(">QIII", take(client, 20))
        told = take(client, length)
        if magic != REPLY_MAGIC or kind >= 1 << 31:
            sys.exit(f"refused: reply {kind:#x}, {told!r}")
        if kind == ACK:
            return client


def take(client, count):
    taken = b""
    while len(taken) < count:
        more = client.recv(count - len(taken))
        if not more:
            sys.exit("the server closed the connection during its handshake")
        taken += more
    return taken


main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
