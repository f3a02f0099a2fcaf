package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.CrossedStream;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/**
 * Content that a repository sends. Its word on it comes behind the last byte, and then the
 * connection is idle again.
 *
 * <p><b>Threads.</b> The connection's home.
 */
final class LineDownload implements CrossedStream.Source, LineChannel.DataReader {
  private final LineConnection connection;
  private final long lengthBytes;
  private final Promise<Boolean> verdict = Promise.promise();
  private Optional<CrossedStream> to = Optional.empty();
  private boolean all;

  LineDownload(LineConnection connection, long lengthBytes) {
    this.connection = connection;
    this.lengthBytes = lengthBytes;
  }

  long lengthBytes() {
    return lengthBytes;
  }

  /** What the repository says of what it sent; fails if the connection ended before. */
  Future<Boolean> verdict() {
    return verdict.future();
  }

  @Override
  public void begin(CrossedStream reader) {
    to = Optional.of(reader);
    connection.channel().data(lengthBytes, this);
    connection.channel().goOn();
  }

  @Override
  public void hold() {
    if (!all) connection.channel().hold();
  }

  @Override
  public void goOn() {
    if (!all) connection.channel().goOn();
  }

  @Override
  public void came(Buffer bytes, boolean last) {
    all = last;
    to.orElseThrow().came(bytes);
    if (!last) return;
    to.orElseThrow().ended();
    connection.channel().goOn();
    judge();
  }

  @Override
  public void failed(GatewayError why) {
    verdict.tryFail(why);
    to.ifPresent(reader -> reader.failed(why));
  }

  private void judge() {
    judged().onComplete(verdict);
  }

  /** Before version 1 there is no word: whoever got the bytes compares them with the key. */
  private Future<Boolean> judged() {
    if (connection.version() < 1) return thanked(true);
    return connection
        .answer(connection.limits().stall())
        .compose(answer ->
            switch (answer) {
              case Answer.Valid _ -> thanked(true);
              case Answer.Invalid _ -> thanked(false);
              default -> connection.outOfStep(answer);
            });
  }

  private Future<Boolean> thanked(boolean valid) {
    Buffer thanks = valid ? Messages.SUCCESS : Messages.FAILURE;
    return connection
        .channel()
        .send(thanks)
        .map(_ -> {
          connection.nowIdle();
          return valid;
        });
  }

  /** No byte is no content if the word on it says so. Before version 1 only a question tells. */
  Future<Optional<LineDownload>> nothingComes(Key key) {
    all = true;
    connection.channel().goOn();
    return judged()
        .compose(valid -> {
          verdict.complete(valid);
          return connection.version() < 1
              ? connection.yesOrNo(Messages.checkPresent(key))
              : Future.succeededFuture(valid);
        })
        .map(there -> there ? Optional.of(this) : Optional.empty());
  }

  /**
   * Nobody wants the rest: there is no way to say so but the connection's end.
   *
   * @return whether there was a rest; else the word on it comes, or has come
   */
  boolean leave() {
    if (all) return false;
    connection.close();
    return true;
  }
}
