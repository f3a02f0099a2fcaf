package dev.penstock.p2p.remote;

import dev.penstock.p2p.flow.Stall;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The body of a request. Its last byte is kept until the sender vouches for all of them: one that
 * is shorter than was said is not valid, and there is no other way to say so.
 *
 * <p><b>Threads.</b> The context that offered it.
 */
final class RemoteUpload implements Putting.Upload {
  private static final long NOT_BEGUN = -1;

  private final RemoteServer server;
  private final long offset;
  private final RemoteServer.Question question;
  private Optional<Sending> sending = Optional.empty();
  private long bytesLeft = NOT_BEGUN;
  private Buffer last = Buffer.buffer();
  private boolean over;

  /** The write that is under way, or the last one. */
  private Optional<Promise<Void>> taking = Optional.empty();

  /** A request that is under way, and what is answered, which may be before its end. */
  private record Sending(HttpClientRequest request, Future<JsonObject> answer, Stall stall) {}

  RemoteUpload(RemoteServer server, long offset, RemoteServer.Question question) {
    this.server = server;
    this.offset = offset;
    this.question = question;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public Future<Void> begin(long lengthBytes) {
    if (bytesLeft != NOT_BEGUN || lengthBytes < 0)
      throw new IllegalStateException("begun before, or with %d bytes".formatted(lengthBytes));
    bytesLeft = lengthBytes;
    return server
        .request(HttpMethod.POST, question)
        .compose(request -> {
          if (over) {
            RemoteServer.breakOff(request);
            return Future.failedFuture(server.silent());
          }
          request
              .setChunked(true)
              .putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
              .putHeader(RemoteServer.LENGTH, Long.toString(lengthBytes));
          sending = Optional.of(begun(request));
          return sent(request.sendHead());
        });
  }

  private Sending begun(HttpClientRequest request) {
    var stall = new Stall(server.vertx(), () -> RemoteServer.breakOff(request));
    Future<JsonObject> answer = request.response().compose(server::json);
    // Also while a write waits, which a server that has refused never takes.
    answer.onFailure(why -> taking.ifPresent(waits -> waits.tryFail(known(why))));
    return new Sending(request, answer, stall);
  }

  /** A write that is not taken within the limit, or is answered by a refusal, is none. */
  private Future<Void> sent(Future<Void> write) {
    Sending now = sending.orElseThrow();
    if (now.answer().failed()) return Future.failedFuture(known(now.answer().cause()));
    if (write.succeeded()) return write;
    Promise<Void> taken = Promise.promise();
    taking = Optional.of(taken);
    now.stall().waits(server.limits().stall());
    write.onComplete(result -> {
      now.stall().rests();
      if (result.succeeded()) taken.tryComplete();
      // The answer, if there is one, says why; it comes at the same time, or a little later.
      else now.answer().onComplete(_ -> taken.tryFail(server.away(result.cause())));
    });
    return taken.future();
  }

  private Throwable known(Throwable why) {
    if (why instanceof Answers.NoSuchPath)
      return new GatewayError.NotFound(String.valueOf(why.getMessage()));
    return why instanceof GatewayError ? why : server.away(why);
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    if (sending.isEmpty() || over)
      return Future.failedFuture(new IllegalStateException("not begun, or at its end"));
    if (bytes.length() > bytesLeft)
      return Future.failedFuture(
          new GatewayError.Invalid("more bytes than were announced to " + server.name()));
    bytesLeft -= bytes.length();
    int length = bytes.length();
    if (bytesLeft == 0 && length > 0) {
      last = bytes.getBuffer(length - 1, length);
      length--;
    }
    if (length == 0) return Future.succeededFuture();
    return sent(sending.get().request().write(bytes.slice(0, length)));
  }

  @Override
  public Future<Stored> complete(boolean valid) {
    if (sending.isEmpty() || over)
      return Future.failedFuture(new IllegalStateException("not begun, or at its end"));
    over = true;
    Sending now = sending.get();
    now.stall().close();
    boolean marked = last.length() > 0 || bytesLeft > 0;
    boolean whole = valid && bytesLeft == 0;
    if (!whole && !marked) { // no byte at all can be no byte too few
      RemoteServer.breakOff(now.request());
      return Future.succeededFuture(Stored.NOT);
    }
    Future<Void> ended = whole && marked ? now.request().end(last) : now.request().end();
    ended.onFailure(_ -> {}); // told by the answer
    return server
        .answer(now.request(), now.answer(), server.limits().finishing())
        .recover(why -> Future.failedFuture(known(why)))
        .map(answer -> whole ? stored(answer, server) : Stored.NOT);
  }

  private static Stored stored(JsonObject answer, RemoteServer server) {
    return new Stored(Answers.bool(answer, "stored", server.name()), Answers.plusUuids(answer));
  }

  /** {@code data-present}: the server looks whether it is there. */
  static Future<Stored> withoutBody(RemoteServer server, RemoteServer.Question question) {
    return server
        .request(HttpMethod.POST, question)
        .compose(request ->
            server.answer(
                request,
                request
                    .putHeader(RemoteServer.LENGTH, "0")
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
                    .putHeader(HttpHeaders.CONTENT_LENGTH, "0")
                    .send()
                    .compose(server::json),
                server.limits().stall()))
        .map(answer -> stored(answer, server));
  }

  /**
   * Ends a body that has begun too early rather than its connection: the server knows at once that
   * no more comes, and git-annex's may wait for it otherwise.
   */
  @Override
  public void close() {
    if (over) return;
    over = true;
    sending.ifPresent(now -> {
      now.stall().close();
      boolean isShort = last.length() > 0 || bytesLeft > 0;
      if (!isShort) {
        RemoteServer.breakOff(now.request());
        return;
      }
      now.request().end().onFailure(_ -> {}); // told by the answer
      server
          .answer(now.request(), now.answer(), server.limits().stall())
          .onFailure(_ -> RemoteServer.breakOff(now.request()));
    });
  }
}
