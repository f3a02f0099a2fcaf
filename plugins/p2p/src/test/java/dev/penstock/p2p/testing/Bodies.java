package dev.penstock.p2p.testing;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.function.Supplier;

/** Reads and sends content as a server does, on a context. */
public final class Bodies {
  private Bodies() {}

  /** Has it done on a new event loop, as what a client asks is. */
  public static <T> Future<T> on(Vertx vertx, Supplier<Future<T>> work) {
    return Home.here(vertx).call(work);
  }

  /**
   * @param valid what the repository says of the bytes
   */
  public record Read(Buffer bytes, boolean valid, long lengthBytes) {
    public String text() {
      return bytes.toString();
    }
  }

  /** All of it, and closes it. */
  public static Future<Read> read(Content content) {
    Buffer all = Buffer.buffer();
    Promise<Void> end = Promise.promise();
    content.bytes().exceptionHandler(end::tryFail);
    content.bytes().endHandler(_ -> end.tryComplete());
    content.bytes().handler(all::appendBuffer);
    return end.future()
        .compose(_ -> content.valid())
        .map(valid -> new Read(all, valid, content.lengthBytes()))
        .onComplete(_ -> content.close());
  }

  /** Offers it all, in pieces, from where on it is wanted. */
  public static Future<Putting.Stored> send(
      Putting putting, Buffer whole, int pieceBytes, boolean valid) {
    return switch (putting) {
      case Putting.There(var also) -> Future.succeededFuture(new Putting.Stored(true, also));
      case Putting.Upload upload ->
          upload
              .begin(whole.length() - upload.offset())
              .compose(_ -> pieces(upload, whole, (int) upload.offset(), pieceBytes))
              .compose(_ -> upload.complete(valid))
              .onComplete(_ -> upload.close());
    };
  }

  private static Future<Void> pieces(
      Putting.Upload upload, Buffer whole, int from, int pieceBytes) {
    if (from >= whole.length()) return Future.succeededFuture();
    int to = Math.min(whole.length(), from + pieceBytes);
    return upload
        .write(whole.getBuffer(from, to))
        .compose(_ -> pieces(upload, whole, to, pieceBytes));
  }
}
