#!/usr/bin/python3
"""scatter.py URI SEED: for each number that comes in a line, that many random 4 KiB writes; says "done" after them."""

import random
import sys

import nbd

BLOCK = 4096


def main(uri, seed):
    client = nbd.NBD()
    client.connect_uri(uri)
    places, chance = client.get_size() // BLOCK, random.Random(seed)
    content = chance.randbytes(BLOCK)
    for line in sys.stdin:
        for _ in range(int(line)):
            client.pwrite(content, chance.randrange(places) * BLOCK)
        print("done", flush=True)
    client.shutdown()


main(sys.argv[1], int(sys.argv[2]))
