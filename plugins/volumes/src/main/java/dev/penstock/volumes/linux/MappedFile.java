package dev.penstock.volumes.linux;

import dev.penstock.volumes.disk.FileMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped into memory, window by window: as a whole, the page tables of a large file that was
 * read once would stay.
 *
 * <p>What is in memory is asked of the kernel each time ({@code mincore}, which counts only what
 * has been read in full). What it drops or somebody truncates between the answer and the copy costs
 * a wait, or a failed copy, never foreign bytes.
 */
final class MappedFile implements FileMemory {
  /** Mapping and unmapping takes a fraction of a millisecond at this size. */
  static final int WINDOW_BYTES = 32 << 20;

  /** 4 GiB, whose page tables take 8 MiB. */
  private static final int WINDOWS_MAX = 128;

  private static final int PAGE_BYTES = 4096;

  private final ScratchPool pool;
  private final int fd;

  /** The one used longest ago first. */
  private final Map<Long, Window> windows = new LinkedHashMap<>(16, 0.75f, true);

  private boolean closed;

  /**
   * Owns the descriptor from now on.
   *
   * @param fd open for writing too, though nothing is written: others are told by {@code mincore}
   *     that everything is there
   */
  MappedFile(ScratchPool pool, int fd) {
    this.pool = pool;
    this.fd = fd;
  }

  @Override
  public long windowBytes() {
    return WINDOW_BYTES;
  }

  @Override
  public Optional<Span> now(long offset, int lengthBytes) {
    Window window = hold(offset / WINDOW_BYTES);
    if (window == null) return Optional.empty();
    int from = (int) (offset % WINDOW_BYTES);
    Optional<Span> span = Optional.empty();
    try {
      if (isThere(window, from, lengthBytes)) {
        span = Optional.of(new Held(window, window.bytes(from, lengthBytes)));
      }
      return span;
    } finally {
      if (span.isEmpty()) letGo(window);
    }
  }

  private boolean isThere(Window window, int from, int lengthBytes) {
    int firstPage = from / PAGE_BYTES;
    int pages = (from + lengthBytes - 1) / PAGE_BYTES - firstPage + 1;
    MemorySegment range =
        window.memory.asSlice((long) firstPage * PAGE_BYTES, (long) pages * PAGE_BYTES);
    Scratch scratch = pool.borrow();
    try {
      MemorySegment answer = scratch.copy().asSlice(0, pages);
      if (Libc.mincore(scratch, range, answer) < 0) return false;
      return allPagesAreThere(answer, pages);
    } finally {
      pool.giveBack(scratch);
    }
  }

  private static boolean allPagesAreThere(MemorySegment answer, int pages) {
    for (int page = 0; page < pages; page++) {
      if ((answer.get(ValueLayout.JAVA_BYTE, page) & 1) == 0) return false;
    }
    return true;
  }

  private @Nullable Window hold(long index) {
    synchronized (windows) {
      if (closed) return null;
      Window window = windows.get(index);
      if (window == null) {
        window = map(index);
        if (window == null) return null;
        windows.put(index, window);
        if (windows.size() > WINDOWS_MAX) forgetTheOldest();
      }
      window.holders++;
      return window;
    }
  }

  private @Nullable Window map(long index) {
    Scratch scratch = pool.borrow();
    try {
      MemorySegment memory = Libc.mmap(scratch, fd, index * WINDOW_BYTES, WINDOW_BYTES);
      return memory.address() == Libc.MAP_FAILED ? null : new Window(memory);
    } finally {
      pool.giveBack(scratch);
    }
  }

  private void forgetTheOldest() {
    Iterator<Window> oldest = windows.values().iterator();
    Window forgotten = oldest.next();
    oldest.remove();
    forgotten.kept = false;
    unmapIfUnused(forgotten);
  }

  private void letGo(Window window) {
    synchronized (windows) {
      window.holders--;
      unmapIfUnused(window);
    }
  }

  private void unmapIfUnused(Window window) {
    if (window.kept || window.holders > 0) return;
    Scratch scratch = pool.borrow();
    try {
      Libc.munmap(scratch, window.memory);
    } finally {
      pool.giveBack(scratch);
    }
  }

  @Override
  public void close() {
    synchronized (windows) {
      if (closed) return;
      closed = true;
      for (Window window : windows.values()) {
        window.kept = false;
        unmapIfUnused(window);
      }
      windows.clear();
    }
    Scratch scratch = pool.borrow();
    try {
      Libc.close(scratch, fd);
    } finally {
      pool.giveBack(scratch);
    }
  }

  /** A part of the file that is mapped. Guarded by {@link #windows}. */
  private static final class Window {
    private final MemorySegment memory;
    private final ByteBuffer whole;
    private boolean kept = true;
    private int holders;

    private Window(MemorySegment memory) {
      this.memory = memory;
      this.whole = memory.asByteBuffer().asReadOnlyBuffer();
    }

    private ByteBuffer bytes(int from, int lengthBytes) {
      return whole.slice(from, lengthBytes);
    }
  }

  private final class Held implements Span {
    private final Window window;
    private final ByteBuffer bytes;

    private Held(Window window, ByteBuffer bytes) {
      this.window = window;
      this.bytes = bytes;
    }

    @Override
    public ByteBuffer bytes() {
      return bytes;
    }

    @Override
    public void close() {
      letGo(window);
    }
  }
}
