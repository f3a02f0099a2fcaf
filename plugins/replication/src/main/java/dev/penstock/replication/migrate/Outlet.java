package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.task.Task;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * A target as one try uses it: no faster than it may be, and with its own failures told from those
 * of this side. Threads: as of the target.
 */
final class Outlet implements AutoCloseable {
  /** A longer run of zeroes that are sent is let through in parts. */
  private static final int ZEROES_AT_ONCE = 1 << 20;

  private final BlockTarget target;
  private final Bandwidth bandwidth;
  private final Progress progress;
  private final Task task;

  /** The target failed, in any way: nothing more can be had of it. */
  static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final GatewayError why;

    Lost(GatewayError why) {
      super(why);
      this.why = why;
    }

    GatewayError why() {
      return why;
    }
  }

  Outlet(BlockTarget target, Bandwidth bandwidth, Progress progress, Task task) {
    this.target = target;
    this.bandwidth = bandwidth;
    this.progress = progress;
    this.task = task;
  }

  void write(long offset, ByteBuffer bytes) throws InterruptedException {
    int lengthBytes = bytes.remaining();
    admit(lengthBytes);
    there(() -> target.write(offset, bytes));
    sent(lengthBytes, offset + lengthBytes);
  }

  void zero(long offset, long lengthBytes) throws InterruptedException {
    long end = offset + lengthBytes;
    if (!target.sendsZeroes()) {
      if (lengthBytes > 0) there(() -> target.zero(offset, lengthBytes));
      sent(0, end);
      return;
    }
    for (long at = offset; at < end; ) {
      long from = at;
      int bytes = (int) Math.min(ZEROES_AT_ONCE, end - at);
      admit(bytes);
      there(() -> target.zero(from, bytes));
      at += bytes;
      sent(bytes, at);
    }
  }

  private void sent(long bytes, long position) {
    progress.sent(bytes, position);
    task.reached(progress.sentBytes());
  }

  /** To wait for one's share is nobody's fault. */
  private void admit(int bytes) throws InterruptedException {
    if (bandwidth.bytesPerSecond() == 0) return;
    task.idle();
    bandwidth.admit(bytes);
    task.busy();
  }

  /** Returns once all that was given is durable there. */
  void flush() {
    there(target::flush);
  }

  /** {@link BlockTarget#commit}: once it has thrown, the other side was not told. */
  BlockTarget.Farewell commit() {
    return of(target::commit);
  }

  private static void there(Runnable call) {
    of(() -> {
      call.run();
      return true;
    });
  }

  private static <T> T of(Supplier<T> call) {
    try {
      return call.get();
    } catch (GatewayError why) {
      throw new Lost(why);
    }
  }

  @Override
  public void close() {
    target.close();
  }
}
