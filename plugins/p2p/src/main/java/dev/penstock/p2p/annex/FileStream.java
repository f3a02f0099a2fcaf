package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.flow.PieceStream;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;

/**
 * A part of a file as a stream: read on workers, a piece ahead of whoever takes it.
 *
 * <p><b>Threads.</b> One context.
 */
final class FileStream extends PieceStream {
  /** What a worker reads at a time. With the piece ahead, a stream has twice as much at most. */
  static final int PIECE_BYTES = 256 << 10;

  private final KeyStoreContext host;
  private final OpenFile file;
  private long at;
  private long leftBytes;
  private boolean isReading;

  FileStream(KeyStoreContext host, OpenFile file, long offset, long lengthBytes) {
    this.host = host;
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
    read();
  }

  private void read() {
    if (isReading || leftBytes == 0) return;
    isReading = true;
    int length = (int) Math.min(PIECE_BYTES, leftBytes);
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
