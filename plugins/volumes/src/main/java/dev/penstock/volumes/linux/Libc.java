package dev.penstock.volumes.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The C library's calls, as they are: a negative answer means that the error number is in the
 * {@link Scratch} that was given.
 *
 * <p>Every constant has the same value on the {@linkplain #ARCHITECTURES architectures} listed.
 * Those that differ between them ({@code O_DIRECT}, {@code O_NOFOLLOW}, {@code O_DIRECTORY}) are
 * not used. The handles hold nothing but the linker's own classes, so that the plugin's class
 * loader can go.
 *
 * <p>To link a signature that was not linked before makes a dozen classes, which a gateway's start
 * waits for. So those that a start needs are four instead of eighteen: every integer goes as a
 * {@code long}, and calls have more arguments than they take. The architectures' calling
 * conventions allow for both: the first six are in registers of 64 bits, where an {@code int} is
 * right if it is sign-extended, and nobody looks into those that a call does not take. What a start
 * does not call is linked when it is called.
 */
final class Libc {
  /** All of them little-endian with 64-bit pointers, sizes and offsets. */
  private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64", "riscv64");

  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_DSYNC = 0x1000;
  static final int O_CLOEXEC = 0x80000;

  static final int FALLOC_FL_KEEP_SIZE = 0x01;
  static final int FALLOC_FL_PUNCH_HOLE = 0x02;
  static final int FALLOC_FL_ZERO_RANGE = 0x10;

  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  static final int RWF_NOWAIT = 0x08;
  static final int SYNC_FILE_RANGE_WRITE = 2;
  static final int POSIX_FADV_WILLNEED = 3;

  static final int PROT_READ = 1;
  static final int MAP_SHARED = 1;
  static final long MAP_FAILED = -1;

  static final int F_OFD_SETLK = 37;
  static final short F_WRLCK = 1;
  static final int LOCK_EX = 2;
  static final int LOCK_NB = 4;

  /** {@code _IOWR('f', 11, struct fiemap)}. */
  static final long FS_IOC_FIEMAP = 0xC020660BL;

  static final int AT_EMPTY_PATH = 0x1000;
  static final int STATX_SIZE = 0x200;
  static final int STATX_BLOCKS = 0x400;

  private static final Linker LINKER = Linker.nativeLinker();

  private static final FunctionDescriptor NUMBERS =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final FunctionDescriptor BYTES =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final MethodHandle CLOSE = link("close", NUMBERS);
  private static final MethodHandle FALLOCATE = link("fallocate", NUMBERS);
  private static final MethodHandle FTRUNCATE = link("ftruncate", NUMBERS);
  private static final MethodHandle LSEEK = link("lseek", NUMBERS);
  private static final MethodHandle FDATASYNC = link("fdatasync", NUMBERS);
  private static final MethodHandle FSYNC = link("fsync", NUMBERS);
  private static final MethodHandle FADVISE = link("posix_fadvise", NUMBERS);
  private static final MethodHandle SYNC_FILE_RANGE = link("sync_file_range", NUMBERS);
  private static final MethodHandle FLOCK = link("flock", NUMBERS);

  private static final MethodHandle PREAD = link("pread", BYTES);
  private static final MethodHandle PWRITE = link("pwrite", BYTES);
  private static final MethodHandle PREADV2 = link("preadv2", BYTES);
  private static final MethodHandle STATX = link("statx", BYTES);

  private static final MethodHandle OPEN = variadicFromThird("open", ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FCNTL =
      variadicFromThird("fcntl", JAVA_LONG, JAVA_LONG, ADDRESS);
  private static final MethodHandle IOCTL =
      variadicFromThird("ioctl", JAVA_LONG, JAVA_LONG, ADDRESS);

  private static final class Names {
    private static final FunctionDescriptor ONE =
        FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG);
    private static final MethodHandle MKDIR = link("mkdir", ONE);
    private static final MethodHandle UNLINK = link("unlink", ONE);
    private static final MethodHandle RMDIR = link("rmdir", ONE);
    private static final MethodHandle RENAME =
        link("rename", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS));
  }

  private static final class Memory {
    private static final MethodHandle MMAP =
        link(
            "mmap",
            FunctionDescriptor.of(
                ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final FunctionDescriptor RANGE =
        FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle MUNMAP = link("munmap", RANGE);
    private static final MethodHandle MINCORE = link("mincore", RANGE);
  }

  private Libc() {}

  /** Whether this machine is one that the constants above are right for. */
  static boolean knowsThisMachine() {
    return "Linux".equals(System.getProperty("os.name"))
        && ARCHITECTURES.contains(System.getProperty("os.arch", "").toLowerCase(Locale.ROOT));
  }

  static int open(Scratch scratch, MemorySegment path, int flags, int mode) {
    try {
      return (int) (long) OPEN.invokeExact(scratch.callState, path, (long) flags, (long) mode);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int close(Scratch scratch, int fd) {
    return call(CLOSE, scratch, fd);
  }

  static long pread(Scratch scratch, int fd, MemorySegment to, long lengthBytes, long offset) {
    try {
      return (long) PREAD.invokeExact(scratch.callState, (long) fd, to, lengthBytes, offset, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long pwrite(Scratch scratch, int fd, MemorySegment from, long lengthBytes, long offset) {
    try {
      return (long) PWRITE.invokeExact(scratch.callState, (long) fd, from, lengthBytes, offset, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Reads into the scratch's one vector. */
  static long preadv2(Scratch scratch, int fd, long offset, int flags) {
    try {
      return (long)
          PREADV2.invokeExact(
              scratch.callState, (long) fd, scratch.iovec, 1L, offset, (long) flags);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int fallocate(Scratch scratch, int fd, int mode, long offset, long lengthBytes) {
    try {
      return (int)
          (long)
              FALLOCATE.invokeExact(scratch.callState, (long) fd, (long) mode, offset, lengthBytes);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int ftruncate(Scratch scratch, int fd, long sizeBytes) {
    try {
      return (int) (long) FTRUNCATE.invokeExact(scratch.callState, (long) fd, sizeBytes, 0L, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long lseek(Scratch scratch, int fd, long offset, int whence) {
    try {
      return (long) LSEEK.invokeExact(scratch.callState, (long) fd, offset, (long) whence, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int fdatasync(Scratch scratch, int fd) {
    return call(FDATASYNC, scratch, fd);
  }

  static int fsync(Scratch scratch, int fd) {
    return call(FSYNC, scratch, fd);
  }

  /** Answers the error number itself, 0 if all is well. */
  static int fadvise(Scratch scratch, int fd, long offset, long lengthBytes, int advice) {
    try {
      return (int)
          (long)
              FADVISE.invokeExact(scratch.callState, (long) fd, offset, lengthBytes, (long) advice);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long syncFileRange(Scratch scratch, int fd, long offset, long lengthBytes, int flags) {
    try {
      return (long)
          SYNC_FILE_RANGE.invokeExact(
              scratch.callState, (long) fd, offset, lengthBytes, (long) flags);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int fcntl(Scratch scratch, int fd, int command, MemorySegment argument) {
    try {
      return (int) (long) FCNTL.invokeExact(scratch.callState, (long) fd, (long) command, argument);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int ioctl(Scratch scratch, int fd, long request, MemorySegment argument) {
    try {
      return (int) (long) IOCTL.invokeExact(scratch.callState, (long) fd, request, argument);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int flock(Scratch scratch, int fd, int operation) {
    try {
      return (int) (long) FLOCK.invokeExact(scratch.callState, (long) fd, (long) operation, 0L, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The caller keeps {@code into} reachable until the call has returned. */
  static int statx(
      Scratch scratch, int fd, MemorySegment path, int flags, int mask, MemorySegment into) {
    try {
      return (int)
          (long)
              STATX.invokeExact(
                  scratch.callState, (long) fd, path, (long) flags, (long) mask, into.address());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Maps a range for reading; an address of {@link #MAP_FAILED} if it cannot be. */
  @SuppressWarnings("restricted") // as long as was asked for
  static MemorySegment mmap(Scratch scratch, int fd, long offset, long lengthBytes) {
    try {
      MemorySegment at =
          (MemorySegment)
              Memory.MMAP.invokeExact(
                  scratch.callState,
                  0L,
                  lengthBytes,
                  (long) PROT_READ,
                  (long) MAP_SHARED,
                  (long) fd,
                  offset);
      return at.address() == MAP_FAILED ? at : at.reinterpret(lengthBytes);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Nobody may touch the memory from now on. */
  static int munmap(Scratch scratch, MemorySegment memory) {
    try {
      return (int)
          (long)
              Memory.MUNMAP.invokeExact(
                  scratch.callState, memory, memory.byteSize(), MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Writes a byte for each page, whose lowest bit says that the page is in memory. */
  static int mincore(Scratch scratch, MemorySegment memory, MemorySegment answer) {
    try {
      return (int)
          (long) Memory.MINCORE.invokeExact(scratch.callState, memory, memory.byteSize(), answer);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int mkdir(Scratch scratch, MemorySegment path, int mode) {
    try {
      return (int) (long) Names.MKDIR.invokeExact(scratch.callState, path, (long) mode);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int rename(Scratch scratch, MemorySegment from, MemorySegment to) {
    try {
      return (int) (long) Names.RENAME.invokeExact(scratch.callState, from, to);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int unlink(Scratch scratch, MemorySegment path) {
    return call(Names.UNLINK, scratch, path);
  }

  static int rmdir(Scratch scratch, MemorySegment path) {
    return call(Names.RMDIR, scratch, path);
  }

  private static int call(MethodHandle handle, Scratch scratch, int fd) {
    try {
      return (int) (long) handle.invokeExact(scratch.callState, (long) fd, 0L, 0L, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static int call(MethodHandle handle, Scratch scratch, MemorySegment path) {
    try {
      return (int) (long) handle.invokeExact(scratch.callState, path, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MethodHandle link(String name, FunctionDescriptor descriptor) {
    return link(name, descriptor, List.of());
  }

  /**
   * A call whose third argument and all after it are variadic, which some ABIs pass differently.
   */
  private static MethodHandle variadicFromThird(String name, MemoryLayout... arguments) {
    return link(
        name,
        FunctionDescriptor.of(JAVA_LONG, arguments),
        List.of(Linker.Option.firstVariadicArg(2)));
  }

  @SuppressWarnings("restricted") // each signature above fits the C library's
  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, List<Linker.Option> more) {
    List<Linker.Option> options = new ArrayList<>(more);
    options.add(Linker.Option.captureCallState("errno"));
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        options.toArray(Linker.Option[]::new));
  }

  /** A downcall throws nothing of its own: what arrives here is an error of the machine's. */
  private static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(thrown);
    };
  }
}
