package dev.penstock.p2p.remote;

import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.Hold;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;

/**
 * Content that is locked as long as the body of a request goes on: the specification, §6.
 *
 * <p><b>Threads.</b> Its fields are of the context that locked it.
 */
final class RemoteHold implements Hold {
  private static final Buffer GO_ON = Buffer.buffer("{\"unlock\":false}\n");
  private static final Buffer UNLOCK = Buffer.buffer("{\"unlock\":true}\n");

  /** As git-annex's client has it: to proxies on the way, which know no other word. */
  private static final String KEEP_ALIVE = "timeout=1200";

  /** What an answer may take that changes nothing. */
  private static final Duration LAST_WORD = Duration.ofSeconds(10);

  private final RemoteServer server;
  private final Home home;
  private final HttpClientRequest request;
  private final Runnable ended;
  private final Promise<Void> lost = Promise.promise();
  private final Promise<Void> released = Promise.promise();
  private boolean releasing;
  private boolean over;

  private RemoteHold(RemoteServer server, HttpClientRequest request, Runnable ended) {
    this.server = server;
    this.home = Home.here(server.vertx());
    this.request = request;
    this.ended = ended;
    request.response().onComplete(_ -> home.run(this::answered));
  }

  /**
   * Goes on holding what was just locked. Nothing is answered to that before its end.
   *
   * @param ended runs once when it is held no longer
   */
  static Future<Hold> on(RemoteServer server, RemoteServer.Question question, Runnable ended) {
    return server
        .request(HttpMethod.POST, question)
        .compose(request -> {
          request
              .setChunked(true)
              .putHeader(HttpHeaders.CONTENT_TYPE, "application/json;charset=utf-8")
              .putHeader(HttpHeaders.CONNECTION, "Keep-Alive")
              .putHeader("Keep-Alive", KEEP_ALIVE);
          var hold = new RemoteHold(server, request, ended);
          return server
              .answer(request, request.write(GO_ON), server.limits().stall())
              .<Hold>map(hold)
              .onFailure(_ -> hold.over = true);
        });
  }

  /** Before anybody let go: the server did, or the way to it is gone. */
  private void answered() {
    if (releasing) return;
    RemoteServer.breakOff(request);
    if (over) return;
    over = true;
    ended.run();
    lost.complete();
  }

  @Override
  public Future<Void> lost() {
    return lost.future();
  }

  @Override
  public Future<Void> release() {
    home.run(() -> {
      if (releasing || over) {
        if (!releasing) released.tryComplete();
        return;
      }
      releasing = true;
      over = true;
      Future<Void> answer =
          request.end(UNLOCK).compose(_ -> request.response()).compose(HttpClientResponse::end);
      Deadline.within(server.vertx(), LAST_WORD, answer, server::silent, _ -> {})
          .onFailure(_ -> RemoteServer.breakOff(request))
          .onComplete(_ -> {
            ended.run();
            released.complete();
          });
    });
    return released.future();
  }
}
