package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * The body of a request or an answer, as it goes out. One piece is on its way while the next one is
 * made: whoever reads slowly holds back whoever writes.
 *
 * <p><b>Threads.</b> The one of a task.
 */
public final class BodyWriter {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final WriteStream<Buffer> body;
  private final Context context;
  private final String to;
  private final Duration limit;
  private Future<Void> before = Future.succeededFuture();

  /**
   * @param context of the stream
   * @param to whom, for messages
   * @param limit how long one piece may take
   */
  public BodyWriter(WriteStream<Buffer> body, Context context, String to, Duration limit) {
    this.body = body;
    this.context = context;
    this.to = to;
    this.limit = limit;
  }

  /** They are not changed until the next call has returned. */
  public void write(ByteBuffer bytes) throws InterruptedException {
    settle();
    Promise<Void> written = Promise.promise();
    Buffer piece = BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
    context.runOnContext(_ -> body.write(piece).onComplete(written));
    before = written.future();
  }

  /** Waits for the last piece to be on its way. */
  public void settle() throws InterruptedException {
    try {
      Waiting.on(before, limit, Scope.CONNECTION, "room for more bytes to " + to);
    } catch (GatewayError known) {
      throw known;
    } catch (RuntimeException broken) {
      throw new GatewayError.Unavailable(
          Scope.CONNECTION,
          ASK_AGAIN,
          "the connection to %s broke: %s".formatted(to, broken.getMessage()),
          broken);
    }
  }
}
