package dev.penstock.p2p.serve;

import dev.penstock.p2p.access.Decision;
import dev.penstock.p2p.access.Decision.Visitor;
import dev.penstock.p2p.socket.RawBody;
import dev.penstock.p2p.wire.EncodedText;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A request for a repository, and its answer.
 *
 * <p><b>Lifecycle.</b> It ends once: with an answer, or when the client goes; whoever holds
 * anything for it hears of the latter by {@link #onGone}. <b>Threads.</b> The event loop of its
 * connection.
 */
final class Exchange {
  private static final CharSequence JSON =
      HttpHeaders.createOptimized("application/json;charset=utf-8");
  private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain;charset=utf-8");

  private final Desk desk;
  private final Visits.Visit visit;
  private final HttpServerRequest request;
  private final RawBody body;
  private final Target target;
  private final Served served;
  private final Query query;
  private final List<Runnable> gone = new ArrayList<>(1);
  private Visitor visitor = Decision.ANONYMOUS;
  private boolean isGone;
  private boolean ended;
  private boolean closes;

  Exchange(
      Desk desk,
      Visits.Visit visit,
      HttpServerRequest request,
      RawBody body,
      Target target,
      Served served) {
    this.desk = desk;
    this.visit = visit;
    this.request = request;
    this.body = body;
    this.target = target;
    this.served = served;
    String raw = request.query();
    this.query = new Query(raw == null ? "" : raw);
  }

  /** From now on it counts as under way. */
  void begin() {
    desk.visits().began(visit);
    request.exceptionHandler(_ -> clientGone());
    response().exceptionHandler(_ -> clientGone()).closeHandler(_ -> clientGone());
  }

  private void clientGone() {
    if (isGone) return;
    isGone = true;
    gone.forEach(Runnable::run);
    gone.clear();
    if (ended) return;
    desk.site().observer().lost();
    end();
  }

  /** Comes at most once, also if the client has gone already. */
  void onGone(Runnable told) {
    if (isGone) told.run();
    else gone.add(told);
  }

  boolean isGone() {
    return isGone;
  }

  Desk desk() {
    return desk;
  }

  Site site() {
    return desk.site();
  }

  HttpServerRequest request() {
    return request;
  }

  RawBody body() {
    return body;
  }

  HttpServerResponse response() {
    return request.response();
  }

  Endpoint endpoint() {
    return target.endpoint();
  }

  Served served() {
    return served;
  }

  int version() {
    return target.version();
  }

  Query query() {
    return query;
  }

  void is(Visitor known) {
    visitor = known;
  }

  Visitor visitor() {
    return visitor;
  }

  /** Who it is, for people. */
  String by() {
    return switch (visitor) {
      case Visitor.Known known -> known.user().name();
      case Visitor.Anonymous _ -> "anonymous";
      case Visitor.Mistaken _ -> "unknown credentials";
    };
  }

  String address() {
    return String.valueOf(request.remoteAddress());
  }

  /** Of the path, or of the query. */
  Key key() {
    return Key.parse(
        target.key().isEmpty() ? query.required("key") : EncodedText.readPercent(target.key()));
  }

  Optional<RawText> file() {
    return query.text("associatedfile").filter(text -> !text.isEmpty());
  }

  /**
   * For whom. Whose repository it is has to be said, but for what git-annex does not say it on, and
   * where nobody is harmed: §1 row 4.
   */
  Caller caller() {
    boolean optional = endpoint() == Endpoint.KEY || endpoint() == Endpoint.KEEPLOCKED;
    String client =
        optional
            ? query.text("clientuuid").map(RawText::toString).orElse("")
            : query.required("clientuuid").toString();
    return new Caller(client, query.all("bypass"), version());
  }

  void json(Buffer body) {
    answer(200, JSON, body);
  }

  void text(int status, String text) {
    answer(status, TEXT, Buffer.buffer(text));
  }

  /** Does nothing if the client has gone. */
  private void answer(int status, CharSequence type, Buffer body) {
    if (ended) return;
    served.meters().answered(endpoint(), status);
    var sent = response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, type).end(body);
    end();
    if (closes) sent.onComplete(_ -> leave());
  }

  /** Bytes that nobody reads would reset the connection, and take the answer with them. */
  private void leave() {
    desk.visits().leaves(visit);
    if (isGone || request.isEnded()) request.connection().close();
    else request.endHandler(_ -> request.connection().close());
  }

  /** The client would go on sending for ever. */
  void closeAfterwards() {
    closes = true;
    response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
  }

  void fail(Throwable cause) {
    Failure failure = Failure.of(cause);
    failure.retrySeconds().ifPresent(seconds -> response().putHeader("Retry-After", seconds));
    text(failure.status(), failure.text());
  }

  /** The head says everything. */
  void answerWithoutBody() {
    if (ended) return;
    served.meters().answered(endpoint(), response().getStatusCode());
    response().end();
    end();
  }

  /** A body was sent, to the end that it had. */
  void answered() {
    if (ended) return;
    served.meters().answered(endpoint(), response().getStatusCode());
    end();
  }

  private void end() {
    ended = true;
    desk.visits().ended(visit);
    // What is left of the body is dropped as it comes; for how long, the limit of idleness says.
    body.stop();
    if (!isGone && !request.isEnded()) request.handler(null).endHandler(null).resume();
  }

  boolean isEnded() {
    return ended;
  }

  /** Refused for good: 403; credentials would help: 401. */
  void refuse(Decision decision) {
    switch (decision) {
      case Decision.Allowed _ -> throw new IllegalStateException("it is allowed");
      case Decision.WhoAreYou _ -> {
        // Clients try without credentials first: that is nobody who was refused.
        if (visitor instanceof Visitor.Mistaken) site().observer().refused(this, 401);
        response().putHeader("WWW-Authenticate", "Basic realm=\"git-annex\", charset=\"UTF-8\"");
        text(401, "credentials are wanted");
      }
      case Decision.Refused(String why) -> {
        site().observer().refused(this, 403);
        text(403, why);
      }
    }
  }

  /** What is thrown is the answer: a refusal, or a bug of ours or of a kind of repository. */
  void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      fail(e);
    }
  }
}
