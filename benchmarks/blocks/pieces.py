#!/usr/bin/python3
"""pieces.py URI: for each number that comes in a line, 1 MiB of random bytes there, in MiB; says "done" after them."""

import os
import sys

import nbd

PIECE = 1 << 20


def main(uri):
    client = nbd.NBD()
    client.connect_uri(uri)
    for line in sys.stdin:
        client.pwrite(os.urandom(PIECE), int(line) * PIECE)
        print("done", flush=True)
    client.shutdown()


main(sys.argv[1])
