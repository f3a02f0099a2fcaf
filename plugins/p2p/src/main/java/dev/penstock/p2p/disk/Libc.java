package dev.penstock.p2p.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The C library's calls on names of files. Each answers what the call does, or the error number
 * below zero. The handles hold nothing but the linker's own classes, so that the plugin's class
 * loader can go.
 */
final class Libc {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_CLOEXEC = 0x80000;

  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  /** {@code struct statx}: the same on every architecture. */
  private static final int STATX_BYTES = 256;

  private static final int STX_NLINK = 16;
  private static final int STX_MODE = 28;
  private static final int STX_INO = 32;
  private static final int STX_SIZE = 40;
  private static final int STX_MTIME_SECONDS = 112;
  private static final int STX_MTIME_NANOS = 120;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

  private static final FunctionDescriptor ONE = FunctionDescriptor.of(JAVA_INT, ADDRESS);
  private static final FunctionDescriptor TWO = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
  private static final FunctionDescriptor MODE = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
  private static final FunctionDescriptor NUMBER = FunctionDescriptor.of(JAVA_INT, JAVA_INT);

  private static final MethodHandle OPEN =
      link(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle STATX =
      link(
          "statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle SYNC_FILE_RANGE =
      link(
          "sync_file_range",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CLOSE = link("close", NUMBER);
  private static final MethodHandle FSYNC = link("fsync", NUMBER);
  private static final MethodHandle UNLINK = link("unlink", ONE);
  private static final MethodHandle RMDIR = link("rmdir", ONE);
  private static final MethodHandle RENAME = link("rename", TWO);
  private static final MethodHandle MKDIR = link("mkdir", MODE);
  private static final MethodHandle CHMOD = link("chmod", MODE);

  private Libc() {}

  static int open(RawPath path, int flags, int mode) {
    return call((arena, state) ->
        (int) OPEN.invokeExact(state, name(arena, path), flags | O_CLOEXEC, mode));
  }

  static int close(int descriptor) {
    return call((_, state) -> (int) CLOSE.invokeExact(state, descriptor));
  }

  static int fsync(int descriptor) {
    return call((_, state) -> (int) FSYNC.invokeExact(state, descriptor));
  }

  /** Begins to write what is changed, and waits for none of it. */
  static int startWriting(int descriptor, long offset, long lengthBytes) {
    return call((_, state) ->
        (int)
            SYNC_FILE_RANGE.invokeExact(
                state, descriptor, offset, lengthBytes, SYNC_FILE_RANGE_WRITE));
  }

  static int unlink(RawPath path) {
    return call((arena, state) -> (int) UNLINK.invokeExact(state, name(arena, path)));
  }

  static int rmdir(RawPath path) {
    return call((arena, state) -> (int) RMDIR.invokeExact(state, name(arena, path)));
  }

  static int rename(RawPath from, RawPath to) {
    return call(
        (arena, state) -> (int) RENAME.invokeExact(state, name(arena, from), name(arena, to)));
  }

  static int mkdir(RawPath path, int mode) {
    return call((arena, state) -> (int) MKDIR.invokeExact(state, name(arena, path), mode));
  }

  static int chmod(RawPath path, int mode) {
    return call((arena, state) -> (int) CHMOD.invokeExact(state, name(arena, path), mode));
  }

  /** What a call that looks at a file answers. */
  sealed interface Look {
    record Seen(Stat stat) implements Look {}

    record Failed(int errno) implements Look {}
  }

  static Look stat(RawPath path) {
    try (Arena arena = Arena.ofConfined()) {
      return statx(arena, AT_FDCWD, name(arena, path), 0);
    }
  }

  static Look stat(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      return statx(arena, descriptor, arena.allocateFrom(""), AT_EMPTY_PATH);
    }
  }

  private static Look statx(Arena arena, int folder, MemorySegment name, int flags) {
    MemorySegment into = arena.allocate(STATX_BYTES, Long.BYTES);
    int answer =
        call((_, state) ->
            (int) STATX.invokeExact(state, folder, name, flags, STATX_BASIC_STATS, into));
    if (answer < 0) return new Look.Failed(-answer);
    long seconds = into.get(JAVA_LONG, STX_MTIME_SECONDS);
    return new Look.Seen(
        new Stat(
            into.get(JAVA_LONG, STX_INO),
            Short.toUnsignedInt(into.get(JAVA_SHORT, STX_MODE)),
            Integer.toUnsignedLong(into.get(JAVA_INT, STX_NLINK)),
            into.get(JAVA_LONG, STX_SIZE),
            seconds * 1_000_000_000 + into.get(JAVA_INT, STX_MTIME_NANOS)));
  }

  private static MemorySegment name(Arena arena, RawPath path) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, path.terminated());
  }

  private interface Call {
    int run(Arena arena, MemorySegment state) throws Throwable;
  }

  private static int call(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int answer = call.run(arena, state);
      return answer < 0 ? -(int) ERRNO.get(state, 0L) : answer;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) { // a downcall throws nothing of its own
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("restricted") // each signature above fits the C library's
  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, Linker.Option... more) {
    List<Linker.Option> options = new ArrayList<>(List.of(more));
    options.add(Linker.Option.captureCallState("errno"));
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        descriptor,
        options.toArray(Linker.Option[]::new));
  }
}
