package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.p2p.flow.PieceStream;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;

/**
 * A part of a file as a stream: read on workers, a piece ahead of whoever takes it; without a share
 * of the memory for that, in small pieces and none ahead.
 *
 * <p><b>Threads.</b> One context.
 */
final class FileStream extends PieceStream {
  /** What a worker reads at a time. With the piece ahead, a stream has twice as much at most. */
  static final int PIECE_BYTES = 256 << 10;

  /** Of all streams: a share is for two pieces. */
  private static final MemoryShares SHARES = new MemoryShares((32 << 20) / (2 * PIECE_BYTES));

  static final int SMALL_PIECE_BYTES = 8 << 10;

  private final KeyStoreContext host;
  private final MemoryShares shares;
  private final OpenFile file;
  private long at;
  private long leftBytes;
  private boolean isReading;
  private boolean hasShare;

  FileStream(KeyStoreContext host, OpenFile file, long offset, long lengthBytes) {
    this(host, SHARES, file, offset, lengthBytes);
  }

  FileStream(
      KeyStoreContext host, MemoryShares shares, OpenFile file, long offset, long lengthBytes) {
    this.host = host;
    this.shares = shares;
    this.file = file;
    this.at = offset;
    this.leftBytes = lengthBytes;
    if (lengthBytes == 0) end();
  }

  @Override
  protected void wanted() {
    read();
  }

  @Override
  protected void leaves(Buffer piece) {
    if (hasShare) read();
  }

  @Override
  protected void over() {
    if (hasShare) shares.giveBack(1);
    hasShare = false;
  }

  private void read() {
    if (isReading || leftBytes == 0) return;
    isReading = true;
    if (!hasShare) hasShare = shares.take();
    int length = (int) Math.min(hasShare ? PIECE_BYTES : SMALL_PIECE_BYTES, leftBytes);
    long from = at;
    host.run(() -> piece(from, length)).onComplete(this::came);
  }

  private Buffer piece(long from, int length) {
    ByteBuffer into = ByteBuffer.allocate(length);
    if (file.read(into, from) < length)
      throw new GatewayError.Damaged(
          "the content ends at %d: somebody has shortened it".formatted(from + into.position()));
    return Buffer.buffer(into.array());
  }

  private void came(AsyncResult<Buffer> read) {
    isReading = false;
    if (read.failed()) {
      fail(read.cause());
      return;
    }
    at += read.result().length();
    leftBytes -= read.result().length();
    add(read.result());
    if (leftBytes == 0) end();
  }
}
