#!/usr/bin/python3
"""connect.py URI SECONDS: prints how many connections were made and ended, in what time, with what CPU."""

import sys
import time

import nbd


def main(uri, seconds):
    count, began, cpu = 0, time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        client = nbd.NBD()
        client.connect_uri(uri)
        client.shutdown()
        count += 1
    print(count, time.monotonic() - began, time.process_time() - cpu)


main(sys.argv[1], float(sys.argv[2]))
