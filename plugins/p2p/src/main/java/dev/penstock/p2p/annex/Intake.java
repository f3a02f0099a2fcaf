package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.p2p.hash.KeyCheck;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Takes bytes to a file and to the hash of its content, side by side, in batches that are worth a
 * worker's while. At most {@link #BATCHES_MAX} of them are under way, and one at least whatever
 * others have; then whoever writes waits.
 *
 * <p><b>Lifecycle.</b> {@link #rehash}; writes; {@link #flush}; {@link #close}.
 *
 * <p><b>Threads.</b> One context.
 */
final class Intake {
  static final int BATCH_BYTES = 512 << 10;
  static final int BATCHES_MAX = 4;

  /** Of all uploads, to whatever repository: a share is a batch. */
  static final MemoryShares SHARES = new MemoryShares((48 << 20) / BATCH_BYTES);

  /** Without a share, one at a time. */
  static final int SMALL_BATCH_BYTES = 64 << 10;

  /** How much is read at a time of what had come before: others want the workers as well. */
  private static final long REHASH_BYTES = 16 << 20;

  private final KeyStoreContext host;
  private final MemoryShares shares;
  private final OpenFile file;
  private final KeyCheck check;
  private final boolean looksAtBytes;
  private final Deque<byte[]> free = new ArrayDeque<>();
  private final Deque<Future<Void>> underWay = new ArrayDeque<>();
  private volatile boolean isGivenUp; // workers look at it
  private int lent;
  private byte[] batch = new byte[0];
  private int filled;
  private long at;
  private Future<Boolean> written = Future.succeededFuture(true);
  private Future<Boolean> hashed = Future.succeededFuture(true);

  Intake(KeyStoreContext host, MemoryShares shares, Key key, OpenFile file, long offset) {
    this.host = host;
    this.shares = shares;
    this.file = file;
    this.check = KeyCheck.of(key);
    this.looksAtBytes = KeyCheck.looksAtBytes(key);
    this.at = offset;
  }

  /** Looks at what had come before, from its beginning to the offset. */
  Future<Void> rehash() {
    hashed = rehash(0, at);
    return hashed.mapEmpty();
  }

  private Future<Boolean> rehash(long from, long to) {
    if (from >= to) return Future.succeededFuture(true);
    if (isGivenUp)
      return Future.failedFuture(
          new GatewayError.Failed(Scope.REQUEST, "the upload was given up before it began"));
    if (!looksAtBytes) {
      check.passOver(to - from);
      return Future.succeededFuture(true);
    }
    long end = Math.min(to, from + REHASH_BYTES);
    return host.run(() -> readBack(from, end)).compose(_ -> rehash(end, to));
  }

  private boolean readBack(long from, long to) {
    ByteBuffer piece = ByteBuffer.allocate(BATCH_BYTES);
    for (long position = from; position < to && !isGivenUp; ) {
      piece.clear().limit((int) Math.min(BATCH_BYTES, to - position));
      int count = file.read(piece, position);
      if (count == 0) return false; // shorter than it was: the hash will tell
      check.update(piece.array(), 0, count);
      position += count;
    }
    return true;
  }

  /**
   * Nobody waits any more: {@link #rehash} fails soon, and so does a write that waits for room.
   * What was written is not touched.
   */
  void giveUp() {
    isGivenUp = true;
  }

  /** Completes when there is room for more; fails with what went wrong with this or before. */
  Future<Void> write(Buffer bytes) {
    if (written.failed()) return Future.failedFuture(written.cause());
    if (hashed.failed()) return Future.failedFuture(hashed.cause());
    return take(bytes, 0);
  }

  private Future<Void> take(Buffer bytes, int from) {
    if (isGivenUp)
      return Future.failedFuture(
          new GatewayError.Failed(Scope.REQUEST, "the upload was given up meanwhile"));
    int position = from;
    while (position < bytes.length()) {
      if (batch.length == 0 && !hasRoom()) {
        int next = position;
        return underWay.getFirst().compose(_ -> take(bytes, next));
      }
      int count = Math.min(batch.length - filled, bytes.length() - position);
      bytes.getBytes(position, position + count, batch, filled);
      filled += count;
      position += count;
      if (filled == batch.length) send();
    }
    return Future.succeededFuture();
  }

  /** Whether there is a batch to fill. */
  private boolean hasRoom() {
    if (!free.isEmpty()) batch = free.remove();
    else if (lent < BATCHES_MAX && shares.take()) {
      lent++;
      batch = new byte[BATCH_BYTES];
    } else if (underWay.isEmpty()) batch = new byte[SMALL_BATCH_BYTES];
    return batch.length > 0;
  }

  private void send() {
    byte[] full = batch;
    int length = filled;
    long offset = at;
    batch = new byte[0];
    filled = 0;
    at += length;
    written = written.compose(_ -> host.run(() -> put(full, length, offset)));
    hashed = hashed.compose(_ -> hash(full, length));
    Future<Void> both = Future.join(written, hashed).mapEmpty();
    underWay.add(both);
    both.onComplete(_ -> {
      underWay.remove(both);
      if (full.length == BATCH_BYTES) free.add(full);
    });
  }

  private boolean put(byte[] bytes, int length, long offset) {
    file.write(ByteBuffer.wrap(bytes, 0, length), offset);
    file.startWriting(offset, length);
    return true;
  }

  private Future<Boolean> hash(byte[] bytes, int length) {
    if (looksAtBytes)
      return host.run(() -> {
        check.update(bytes, 0, length);
        return true;
      });
    check.passOver(length);
    return Future.succeededFuture(true);
  }

  /** Completes when everything that was written is in the file and hashed. */
  Future<Void> flush() {
    if (filled > 0) send();
    return Future.join(written, hashed).mapEmpty();
  }

  /** After {@link #flush}. Nothing is written afterwards. */
  void close() {
    shares.giveBack(lent);
    lent = 0;
    free.clear();
  }

  /** After {@link #flush}. On a worker. */
  boolean matches() {
    return check.matches();
  }
}
