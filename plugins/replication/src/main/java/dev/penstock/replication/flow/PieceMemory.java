package dev.penstock.replication.flow;

import dev.penstock.spi.stream.BlockStreamEncoder;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Where the pieces of one stream are while they are on their way: one after another in as many
 * buffers as are in use at once, which stay where they are, so that neither files nor sockets copy
 * them.
 *
 * <p><b>Lifecycle.</b> {@link #next} for each piece; {@link #spent} once nobody uses any of them,
 * and only if that is certain: what is not given back is left to the collector. <b>Threads.</b> One
 * at a time.
 */
final class PieceMemory {
  /** Some records of the largest kind, and the room that the last one wants. */
  static final int BYTES = 3 * BlockStreamEncoder.ROOM_BYTES;

  /** For a few streams at once: so much stays when none is under way. */
  private static final int KEPT_MAX = 12;

  private static final BlockingQueue<ByteBuffer> KEPT = new ArrayBlockingQueue<>(KEPT_MAX);

  private final ArrayDeque<ByteBuffer> turn = new ArrayDeque<>();
  private final int atOnce;

  /**
   * @param atOnce how many pieces are in use at once
   */
  PieceMemory(int atOnce) {
    this.atOnce = atOnce;
  }

  /** An empty one: that of the piece which is {@code atOnce} pieces back. */
  ByteBuffer next() {
    ByteBuffer next = turn.size() < atOnce ? taken() : turn.removeFirst();
    turn.addLast(next);
    return next.clear();
  }

  private static ByteBuffer taken() {
    ByteBuffer kept = KEPT.poll();
    return kept == null ? ByteBuffer.allocateDirect(BYTES) : kept;
  }

  void spent() {
    while (!turn.isEmpty()) if (!KEPT.offer(turn.removeFirst())) turn.clear();
  }
}
