package dev.penstock.volumes.linux;

import dev.penstock.volumes.disk.DiskFile.Span;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * Where a file has room, whether written or not: the ioctl {@code FS_IOC_FIEMAP}, with room for one
 * extent. What is only cached yet may be missing from the answer, or in it as not written.
 */
final class FileMap {
  /** {@code struct fiemap_extent}. */
  private static final StructLayout EXTENT =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_LONG.withName("logical"),
          ValueLayout.JAVA_LONG.withName("physical"),
          ValueLayout.JAVA_LONG.withName("length"),
          MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_LONG).withName("reserved64"),
          ValueLayout.JAVA_INT.withName("flags"),
          MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_INT).withName("reserved"));

  /** {@code struct fiemap}, and its one extent. */
  private static final StructLayout MAP =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_LONG.withName("start"),
          ValueLayout.JAVA_LONG.withName("length"),
          ValueLayout.JAVA_INT.withName("flags"),
          ValueLayout.JAVA_INT.withName("mappedExtents"),
          ValueLayout.JAVA_INT.withName("extentCount"),
          ValueLayout.JAVA_INT.withName("reserved"),
          EXTENT.withName("extent"));

  private static final VarHandle START = of("start");
  private static final VarHandle LENGTH = of("length");
  private static final VarHandle MAPPED_EXTENTS = of("mappedExtents");
  private static final VarHandle EXTENT_COUNT = of("extentCount");
  private static final VarHandle EXTENT_LOGICAL = of("extent", "logical");
  private static final VarHandle EXTENT_LENGTH = of("extent", "length");

  private FileMap() {}

  private static VarHandle of(String... names) {
    PathElement[] path = new PathElement[names.length];
    for (int i = 0; i < names.length; i++) path[i] = PathElement.groupElement(names[i]);
    return MAP.varHandle(path);
  }

  /** The first part of the range that has room. */
  static Optional<Span> first(Scratch scratch, int fd, String path, long from, long to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(MAP);
      if (ask(scratch, fd, map, from, to - from) < 0)
        throw Errno.error(scratch.errno(), "map of", path);
      if ((int) MAPPED_EXTENTS.get(map, 0L) == 0) return Optional.empty();
      long logical = (long) EXTENT_LOGICAL.get(map, 0L);
      long start = Math.clamp(logical, from, to);
      long end = Math.clamp(logical + (long) EXTENT_LENGTH.get(map, 0L), start, to);
      return start < end ? Optional.of(new Span(start, end)) : Optional.empty();
    }
  }

  /** Whether the file system answers at all. */
  static boolean isOffered(Scratch scratch, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      return ask(scratch, fd, arena.allocate(MAP), 0, 1) >= 0;
    }
  }

  private static int ask(Scratch scratch, int fd, MemorySegment map, long from, long lengthBytes) {
    START.set(map, 0L, from);
    LENGTH.set(map, 0L, lengthBytes);
    EXTENT_COUNT.set(map, 0L, 1);
    return Libc.ioctl(scratch, fd, Libc.FS_IOC_FIEMAP, map);
  }
}
