package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;

/**
 * An object, open: it is read to its end even if it is removed meanwhile. One that somebody may
 * change (an unlocked file of a working tree shares its bytes, with {@code annex.thin}) is looked
 * at again after the last byte.
 */
final class StoredContent implements Content {
  private final KeyStoreContext host;
  private final Key key;
  private final OpenFile file;
  private final Stat before;
  private final long offset;
  private final FileStream stream;
  private final Promise<Void> gone = Promise.promise();
  private boolean isClosed;

  StoredContent(KeyStoreContext host, Key key, OpenFile file, Stat before, long offset) {
    this.host = host;
    this.key = key;
    this.file = file;
    this.before = before;
    this.offset = offset;
    this.stream = new FileStream(host, file, offset, lengthBytes());
  }

  @Override
  public long lengthBytes() {
    return Math.max(0, before.sizeBytes() - offset);
  }

  @Override
  public Optional<Stored> file() {
    boolean isChangeable = before.isWritable() || before.links() > 1;
    // Of a wrong size only a stream can be marked as not valid.
    return isChangeable || !isSized()
        ? Optional.empty()
        : Optional.of(new Stored(file.path(), offset));
  }

  @Override
  public ReadStream<Buffer> bytes() {
    return stream;
  }

  @Override
  public Future<Boolean> valid() {
    if (!isSized()) return Future.succeededFuture(false);
    return host.run(() -> file.stat().sameBytes(before)).otherwise(false);
  }

  private boolean isSized() {
    return key.contentBytes().isEmpty() || key.contentBytes().getAsLong() == before.sizeBytes();
  }

  /** Completes once the file is closed. Does not fail. */
  Future<Void> gone() {
    return gone.future();
  }

  @Override
  public void close() {
    if (isClosed) return;
    isClosed = true;
    stream.stop();
    // The last one to close a file that was removed waits until its room is free.
    GivingBack.run(
            host,
            () -> {
              file.close();
              return true;
            })
        .onComplete(_ -> gone.tryComplete());
  }
}
