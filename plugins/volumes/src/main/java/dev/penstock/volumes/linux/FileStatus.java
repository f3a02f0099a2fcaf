package dev.penstock.volumes.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Size and room of an open file. {@code statx}: its layout is the same on every architecture. */
record FileStatus(long sizeBytes, long allocatedBytes) {
  /** {@code struct statx}: mask, blksize, attributes (8), nlink, uid, gid, mode + pad, ino (8). */
  private static final long SIZE_AT = 4 + 4 + 8 + 4 + 4 + 4 + 4 + 8;

  private static final long BLOCKS_AT = SIZE_AT + 8;
  private static final long STATX_BYTES = 256;
  private static final long BLOCK_BYTES = 512; // whatever the file system's own block is

  static FileStatus of(ScratchPool pool, int fd, String path) {
    Scratch scratch = pool.borrow();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(STATX_BYTES, 8);
      int mask = Libc.STATX_SIZE | Libc.STATX_BLOCKS;
      if (Libc.statx(scratch, fd, arena.allocateFrom(""), Libc.AT_EMPTY_PATH, mask, status) < 0)
        throw Errno.error(scratch.errno(), "status of", path);
      return new FileStatus(
          status.get(ValueLayout.JAVA_LONG, SIZE_AT),
          status.get(ValueLayout.JAVA_LONG, BLOCKS_AT) * BLOCK_BYTES);
    } finally {
      pool.giveBack(scratch);
    }
  }
}
