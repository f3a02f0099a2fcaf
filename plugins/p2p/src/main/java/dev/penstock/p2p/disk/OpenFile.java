package dev.penstock.p2p.disk;

import dev.penstock.spi.GatewayError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file that is open: by its number, which gives it a path that Java can say, and which leads to
 * it even when its name is gone.
 *
 * <p><b>Lifecycle.</b> {@link #close}, once; harmless twice. <b>Threads.</b> Any.
 */
public final class OpenFile implements AutoCloseable {
  /** What {@link #readAll} takes: logs and configuration are far smaller. */
  private static final int READ_MAX = 16 << 20;

  private final RawPath called;
  private final int descriptor;
  private final FileChannel channel;
  private final AtomicBoolean closed = new AtomicBoolean();

  private OpenFile(RawPath called, int descriptor, FileChannel channel) {
    this.called = called;
    this.descriptor = descriptor;
    this.channel = channel;
  }

  static OpenFile of(RawPath called, int descriptor, boolean writable) {
    Set<OpenOption> options =
        writable
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    try {
      return new OpenFile(called, descriptor, FileChannel.open(path(descriptor), options));
    } catch (IOException e) {
      Libc.close(descriptor);
      throw Errno.error(e, "open", called);
    }
  }

  private static Path path(int descriptor) {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  /** Leads to the file as long as it is open. */
  public Path path() {
    return path(descriptor);
  }

  /** Ends when this is closed. */
  public FileChannel channel() {
    return channel;
  }

  public Stat stat() {
    return switch (Libc.stat(descriptor)) {
      case Libc.Look.Seen(Stat stat) -> stat;
      case Libc.Look.Failed(int errno) -> throw Errno.error(errno, "look at", called);
    };
  }

  /**
   * Fills the buffer from an offset.
   *
   * @return how many bytes, fewer only where the file ends
   */
  public int read(ByteBuffer into, long offset) {
    int before = into.position();
    try {
      for (int count = 0; into.hasRemaining() && count >= 0; )
        count = channel.read(into, offset + into.position() - before);
    } catch (IOException e) {
      throw Errno.error(e, "read", called);
    }
    return into.position() - before;
  }

  /** Writes all of the buffer at an offset. */
  public void write(ByteBuffer from, long offset) {
    int before = from.position();
    try {
      while (from.hasRemaining()) channel.write(from, offset + from.position() - before);
    } catch (IOException e) {
      throw Errno.error(e, "write", called);
    }
  }

  /**
   * Has the disk begin with what was written there, so that a sync finds less to wait for. A hint:
   * where it is not taken, the sync takes longer.
   */
  public void startWriting(long offset, long lengthBytes) {
    int _ = Libc.startWriting(descriptor, offset, lengthBytes);
  }

  byte[] readAll() {
    long size = stat().sizeBytes();
    if (size > READ_MAX)
      throw new GatewayError.Damaged(
          "%s has %d bytes; at most %d are expected of it".formatted(called, size, READ_MAX));
    ByteBuffer all = ByteBuffer.allocate((int) size);
    int count = read(all, 0);
    return Arrays.copyOf(all.array(), count);
  }

  void writeAll(byte[] bytes) {
    write(ByteBuffer.wrap(bytes), 0);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) return; // its number may be another file's by now
    try {
      channel.close();
    } catch (IOException e) {
      throw Errno.error(e, "close", called);
    } finally {
      Libc.close(descriptor);
    }
  }
}
