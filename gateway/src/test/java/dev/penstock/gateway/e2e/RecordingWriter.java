package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A client of the volume vm at two gateways, which goes on writing its own blocks whatever happens.
 * It knows of each block what it may hold: the last content that was acknowledged as durable, or
 * anything that was tried since. Who loses its connection, or is answered with an error, connects
 * again, at either gateway.
 *
 * <p><b>Threads.</b> It has one; what is asked of it comes from another.
 */
final class RecordingWriter implements AutoCloseable {
  static final int BLOCK_BYTES = 4096;
  private static final int READ_BYTES = 1 << 20;
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long CONNECT_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long HANGS_SECONDS = 60;

  private final List<PackagedGateway> gateways;
  private final int number;
  private final int writers;
  private final int blocks;
  private final Random random;
  private final Map<Integer, Set<Long>> possible = new HashMap<>();

  /** Acknowledged on this connection: durable with its next flush. */
  private final Map<Integer, Long> unflushed = new HashMap<>();

  private final Semaphore turn = new Semaphore(1, true);
  private final AtomicLong acknowledged = new AtomicLong();
  private final Thread thread;
  private long tried;
  private final AtomicInteger connections = new AtomicInteger();
  private volatile boolean ended;
  private volatile Optional<AssertionError> wrong = Optional.empty();

  /**
   * @param gateways the first is where it connects first
   * @param number which of the writers it is: from 0 on
   * @param sizeBytes of the volume, which is empty at first
   */
  RecordingWriter(List<PackagedGateway> gateways, int number, int writers, int sizeBytes) {
    this.gateways = gateways;
    this.number = number;
    this.writers = writers;
    this.blocks = sizeBytes / BLOCK_BYTES;
    this.random = new Random(number);
    for (int block = number; block < blocks; block += writers)
      possible.put(block, new HashSet<>(Set.of(0L)));
    this.thread = Thread.startVirtualThread(this::run);
  }

  private void run() {
    for (int i = 0; !ended; i++)
      try (NbdClient client = gateways.get(i % gateways.size()).connect("vm")) {
        connections.incrementAndGet();
        unflushed.clear();
        while (!ended) step(client);
      } catch (IOException _) {
        LockSupport.parkNanos(CONNECT_PACE_NANOS); // the pace of a client, nothing waits by it
      } catch (AssertionError e) {
        wrong = Optional.of(e);
        return;
      }
  }

  private void step(NbdClient client) throws IOException {
    turn.acquireUninterruptibly();
    try {
      write(client);
      if (tried % 16 == 0) flush(client);
      if (tried % 8 == 0) read(client);
    } finally {
      turn.release();
    }
    LockSupport.parkNanos(PACE_NANOS); // the pace of a client, nothing waits by it
  }

  private int anyBlock() {
    return random.nextInt(blocks / writers) * writers + number;
  }

  private void write(NbdClient client) throws IOException {
    int block = anyBlock();
    long value = ++tried;
    boolean durable = random.nextInt(8) == 0;
    mayBe(block).add(value);
    unflushed.remove(block);
    int flags = durable ? NbdClient.FUA : 0;
    requireNone("write", client.write((long) block * BLOCK_BYTES, content(value), flags));
    acknowledged.incrementAndGet();
    if (durable) is(block, value);
    else unflushed.put(block, value);
  }

  private void flush(NbdClient client) throws IOException {
    requireNone("flush", client.flush());
    unflushed.forEach(this::is);
    unflushed.clear();
  }

  private void read(NbdClient client) throws IOException {
    int block = anyBlock();
    look(block, ByteBuffer.wrap(client.read((long) block * BLOCK_BYTES, BLOCK_BYTES)));
  }

  private static void requireNone(String what, int error) throws IOException {
    if (error != 0) throw new IOException("%s: error %d".formatted(what, error));
  }

  private Set<Long> mayBe(int block) {
    return possible.computeIfAbsent(block, _ -> new HashSet<>());
  }

  private void is(int block, long value) {
    possible.put(block, new HashSet<>(Set.of(value)));
  }

  /** Random bytes that a number decides; nothing was written for 0. */
  private byte[] content(long value) {
    byte[] bytes = new byte[BLOCK_BYTES];
    if (value == 0) return bytes;
    new Random(value * writers + number).nextBytes(bytes);
    ByteBuffer.wrap(bytes).putLong(value);
    return bytes;
  }

  /** What a block holds, which is one of those that it may. */
  private long look(int block, ByteBuffer bytes) {
    byte[] found = new byte[BLOCK_BYTES];
    bytes.get(found);
    long value = ByteBuffer.wrap(found).getLong();
    if (!mayBe(block).contains(value) || !Arrays.equals(found, content(value)))
      throw new AssertionError(
          "block %d of writer %d holds write %d, and may hold %s"
              .formatted(block, number, value, mayBe(block)));
    return value;
  }

  /** How many writes were acknowledged. */
  long acknowledged() {
    wrong.ifPresent(e -> {
      throw e;
    });
    return acknowledged.get();
  }

  /** How often it has connected: once, unless one was lost or a request failed. */
  int connections() {
    return connections.get();
  }

  /** Returns when none of its requests is under way; none is from then on. */
  void pause() throws InterruptedException {
    assertThat(turn.tryAcquire(HANGS_SECONDS, TimeUnit.SECONDS))
        .as("writer %d is answered within %d s", number, HANGS_SECONDS)
        .isTrue();
    acknowledged();
  }

  void resume() {
    turn.release();
  }

  /**
   * While it pauses: every block, of a volume that was flushed, is what it may be, and stays so.
   */
  void assertIn(NbdClient client) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(blocks * BLOCK_BYTES);
    while (all.hasRemaining()) all.put(client.read(all.position(), READ_BYTES));
    for (int block = number; block < blocks; block += writers)
      is(block, look(block, all.slice(block * BLOCK_BYTES, BLOCK_BYTES)));
    unflushed.clear();
  }

  /** What it waits for ends with its connection. */
  @Override
  public void close() {
    ended = true;
    thread.interrupt();
  }
}
