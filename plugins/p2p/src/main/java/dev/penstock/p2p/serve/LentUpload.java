package dev.penstock.p2p.serve;

import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** An upload whose {@link #close} does not fail, as {@link LentContent}'s does not. */
record LentUpload(Putting.Upload upload) implements Putting.Upload {
  @Override
  public long offset() {
    return upload.offset();
  }

  @Override
  public Future<Void> begin(long lengthBytes) {
    return upload.begin(lengthBytes);
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    return upload.write(bytes);
  }

  @Override
  public boolean borrows() {
    return upload.borrows();
  }

  @Override
  public Future<Stored> complete(boolean valid) {
    return upload.complete(valid);
  }

  @Override
  public void close() {
    LentContent.quietly(upload);
  }
}
