package dev.penstock.replication.peer;

import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;

/**
 * Answers requests, or refuses them.
 *
 * <p><b>Threads.</b> Requests come on event loops; what has to wait does so on threads of the host.
 */
public final class PeerAnswers {
  private final Vertx vertx;
  private final Tasks tasks;
  private final SiteLimits limits;

  PeerAnswers(Vertx vertx, Tasks tasks, SiteLimits limits) {
    this.vertx = vertx;
    this.tasks = tasks;
    this.limits = limits;
  }

  /** Makes an answer, on a thread that may wait. */
  @FunctionalInterface
  interface Reply {
    JsonObject to(JsonObject question) throws InterruptedException;
  }

  /** With what comes of the whole body. */
  void question(HttpServerRequest request, Reply reply) {
    Buffer body = Buffer.buffer();
    boolean[] tooLong = {false};
    request.handler(bytes -> {
      if (body.length() + bytes.length() > Api.QUESTION_BYTES_MAX) tooLong[0] = true;
      else body.appendBuffer(bytes);
    });
    request
        .end()
        .compose(_ -> {
          if (tooLong[0])
            throw new GatewayError.Invalid(
                "the question has more than %d bytes".formatted(Api.QUESTION_BYTES_MAX));
          JsonObject asked =
              body.length() == 0 ? new JsonObject() : HistoryJson.sound(() -> new JsonObject(body));
          return brief(request, () -> reply.to(asked));
        })
        .onSuccess(said -> request.response().end(said.toBuffer()))
        .onFailure(why -> refuse(request, why));
  }

  void lines(HttpServerRequest request, Callable<Buffer> reply) {
    brief(request, reply)
        .onSuccess(said -> request.response().end(said))
        .onFailure(why -> refuse(request, why));
  }

  private <T> Future<T> brief(HttpServerRequest request, Callable<T> work) {
    return tasks.brief(request.method() + " " + request.path(), limits.asking(), work);
  }

  /** Nothing of the body was read, or all of it. */
  public static void refuse(HttpServerRequest request, Throwable why) {
    HttpServerResponse response = request.response();
    if (response.headWritten() || response.closed()) {
      request.connection().close();
      return;
    }
    GatewayError error =
        why instanceof GatewayError known
            ? known
            : new GatewayError.Failed(Scope.REQUEST, String.valueOf(why), why);
    response.setStatusCode(ErrorJson.status(error)).end(ErrorJson.write(error).toBuffer());
  }

  /**
   * In the middle of a stream. Whoever sends reads the answer, and hangs up: to hang up here at
   * once would take the answer with it. Who goes on sending is not listened to for long.
   */
  void breakOff(HttpServerRequest request, Throwable why) {
    refuse(request, why);
    if (request.isEnded()) return;
    vertx.setTimer(
        Api.ASK_AGAIN.toMillis(),
        _ -> {
          if (!request.isEnded()) request.connection().close();
        });
  }
}
