package dev.penstock.volumes.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * An open-file-description lock and an flock on one descriptor. Both end with the descriptor, and
 * with the process; neither is lost when another descriptor of the file is closed, as POSIX locks
 * are. Two kinds, because some network file systems know only one of them.
 */
final class FileLock {
  private static final StructLayout FLOCK =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_SHORT.withName("type"),
          ValueLayout.JAVA_SHORT.withName("whence"),
          MemoryLayout.paddingLayout(4),
          ValueLayout.JAVA_LONG.withName("start"),
          ValueLayout.JAVA_LONG.withName("length"), // 0: to the end, wherever that is
          ValueLayout.JAVA_INT.withName("pid"), // must be 0 for this kind of lock
          MemoryLayout.paddingLayout(4));

  private static final VarHandle TYPE = FLOCK.varHandle(PathElement.groupElement("type"));

  private FileLock() {}

  /** False if somebody else has either lock. */
  static boolean tryLock(Scratch scratch, int fd, String path) {
    boolean ofd = took(scratch, lockDescription(scratch, fd), path);
    if (!ofd && held(scratch)) return false;
    boolean flock = took(scratch, Libc.flock(scratch, fd, Libc.LOCK_EX | Libc.LOCK_NB), path);
    if (!flock && held(scratch)) return false;
    if (!ofd && !flock) throw Errno.error(scratch.errno(), "lock", path);
    return true;
  }

  private static int lockDescription(Scratch scratch, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lock = arena.allocate(FLOCK);
      TYPE.set(lock, 0L, Libc.F_WRLCK);
      return Libc.fcntl(scratch, fd, Libc.F_OFD_SETLK, lock);
    }
  }

  private static boolean took(Scratch scratch, int answer, String path) {
    if (answer >= 0) return true;
    int errno = scratch.errno();
    if (held(scratch) || Errno.unsupported(errno) || errno == Errno.ENOLCK) return false;
    throw Errno.error(errno, "lock", path);
  }

  private static boolean held(Scratch scratch) {
    return scratch.errno() == Errno.EAGAIN || scratch.errno() == Errno.EACCES;
  }
}
