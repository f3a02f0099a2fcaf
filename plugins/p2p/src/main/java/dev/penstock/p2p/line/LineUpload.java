package dev.penstock.p2p.line;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;

/**
 * Content that is sent to a repository, which said from where on it wants it.
 *
 * <p><b>Threads.</b> The connection's home.
 */
final class LineUpload {
  private static final long NOT_BEGUN = -1;

  private final LineConnection connection;
  private final long offset;
  private long bytesLeft = NOT_BEGUN;

  /**
   * The last byte, until the sender vouches for all. The word for content that is not valid is not
   * enough: before version 1 there is none, and git-annex keeps content all the same whose key has
   * no hash. What lacks its last byte is no content.
   */
  private Buffer heldBack = Buffer.buffer();

  private boolean completed;

  LineUpload(LineConnection connection, long offset) {
    this.connection = connection;
    this.offset = offset;
  }

  long offset() {
    return offset;
  }

  /** Whether its last word was said, or is being said. */
  boolean isCompleted() {
    return completed;
  }

  Future<Void> begin(long lengthBytes) {
    if (bytesLeft != NOT_BEGUN || lengthBytes < 0)
      throw new IllegalStateException("begun before, or with %d bytes".formatted(lengthBytes));
    bytesLeft = lengthBytes;
    return connection.channel().send(Messages.data(lengthBytes));
  }

  Future<Void> write(Buffer bytes) {
    if (bytesLeft < bytes.length())
      return Future.failedFuture(
          new GatewayError.Invalid("more bytes than were announced to " + connection.repository()));
    bytesLeft -= bytes.length();
    if (bytes.length() == 0) return Future.succeededFuture();
    if (bytesLeft > 0) return connection.channel().send(bytes);
    int most = bytes.length() - 1;
    heldBack = bytes.getBuffer(most, most + 1);
    return most == 0 ? Future.succeededFuture() : connection.channel().send(bytes.slice(0, most));
  }

  private boolean hasVerdict() {
    return connection.version() >= 1;
  }

  Future<Putting.Stored> complete(boolean valid) {
    completed = true;
    boolean canBeSaid = heldBack.length() == 0 && hasVerdict();
    if (bytesLeft != 0 || (!valid && !canBeSaid)) {
      connection.close();
      return Future.succeededFuture(Putting.Stored.NOT);
    }
    Buffer verdict = valid ? Messages.VALID : Messages.INVALID;
    Buffer last = hasVerdict() ? heldBack.copy().appendBuffer(verdict) : heldBack;
    return settled(last, connection.limits().finishing());
  }

  /** {@code DATA-PRESENT}: nothing is sent, and the repository looks whether it is there. */
  Future<Putting.Stored> cameOtherwise() {
    completed = true;
    return settled(Messages.DATA_PRESENT, connection.limits().stall());
  }

  private Future<Putting.Stored> settled(Buffer last, Duration limit) {
    return connection
        .channel()
        .send(last)
        .compose(_ -> connection.answer(limit))
        .compose(answer ->
            switch (answer) {
              case Answer.Success(var also) -> idle(new Putting.Stored(true, also));
              case Answer.Failure(var also) -> idle(new Putting.Stored(false, also));
              case Answer.Refused(String text) -> {
                connection.nowIdle();
                yield Future.failedFuture(Refusal.of(text, connection.repository()));
              }
              default -> connection.outOfStep(answer);
            });
  }

  private Future<Putting.Stored> idle(Putting.Stored stored) {
    connection.nowIdle();
    return Future.succeededFuture(stored);
  }

  /**
   * Gives it up. One that was not begun is brought to its end, so that the connection can be used
   * again; else the connection ends.
   */
  Future<Void> leave() {
    completed = true;
    Duration limit = connection.limits().stall();
    if (hasVerdict() && bytesLeft == NOT_BEGUN) return settled(Messages.NOTHING, limit).mapEmpty();
    connection.close();
    return Future.succeededFuture();
  }
}
