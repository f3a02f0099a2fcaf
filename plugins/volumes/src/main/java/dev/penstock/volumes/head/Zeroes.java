package dev.penstock.volumes.head;

import java.nio.ByteBuffer;

/** Zeroes to write, where a file system has no better way. */
final class Zeroes {
  /** Large enough that system calls do not count, small enough to be kept. */
  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(256 << 10).asReadOnlyBuffer();

  private Zeroes() {}

  static void write(Head head, long offset, long lengthBytes) {
    long end = offset + lengthBytes;
    for (long at = offset; at < end; at += ZEROES.capacity())
      head.write(at, ZEROES.slice(0, (int) Math.min(ZEROES.capacity(), end - at)));
  }
}
