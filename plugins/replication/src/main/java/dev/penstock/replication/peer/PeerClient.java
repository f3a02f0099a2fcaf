package dev.penstock.replication.peer;

import dev.penstock.replication.flow.Waiting;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Asks one peer, in the name of one job.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait, each for a limit at most. <b>Errors.</b> What the
 * peer answers, and {@link GatewayError.Unavailable} of scope {@link Scope#CONNECTION} if it does
 * not.
 */
public final class PeerClient {
  private final Vertx vertx;
  private final HttpClient http;
  private final Route route;
  private final String peer;
  private final String job;
  private final Supplier<Optional<String>> trouble;
  private final Duration limit;

  /** What else each request says, by header. */
  private final Map<String, Supplier<Optional<String>>> said;

  /** Where requests go. */
  @FunctionalInterface
  public interface Route {
    /** Says in the options which server is meant, and by which name it is known. */
    RequestOptions to(RequestOptions options);
  }

  /**
   * @param limit how long a question may take
   */
  public PeerClient(Vertx vertx, HttpClient http, Route route, Who who, Duration limit) {
    this(vertx, http, route, who, limit, Map.of());
  }

  private PeerClient(
      Vertx vertx,
      HttpClient http,
      Route route,
      Who who,
      Duration limit,
      Map<String, Supplier<Optional<String>>> said) {
    this.vertx = vertx;
    this.http = http;
    this.route = route;
    this.peer = who.peer();
    this.job = who.job();
    this.trouble = who.trouble();
    this.limit = limit;
    this.said = said;
  }

  /** The same, which says something more with each request, if there is something to say then. */
  PeerClient saying(String header, Supplier<Optional<String>> what) {
    return new PeerClient(
        vertx, http, route, new Who(peer, job, trouble), limit, Map.of(header, what));
  }

  /**
   * Who is asked by whom.
   *
   * @param peer its name, for messages
   * @param job that asks
   * @param trouble what is known of why the peer cannot be reached
   */
  public record Who(String peer, String job, Supplier<Optional<String>> trouble) {}

  /**
   * What a peer says of itself.
   *
   * @param gateway its guid
   * @param us what it calls this gateway
   * @param mayPush whether it takes volumes from us
   * @param mayPull whether it gives us some
   * @param mayMigrate whether it takes over volumes from us
   * @param mayRollBack whether its copies of ours may be brought back to an older snapshot
   * @param compressions what streams to it may be compressed with, by number
   */
  public record Hello(
      String gateway,
      String us,
      boolean mayPush,
      boolean mayPull,
      boolean mayMigrate,
      boolean mayRollBack,
      Set<Integer> compressions) {
    public Hello {
      compressions = Set.copyOf(compressions);
    }
  }

  String peer() {
    return peer;
  }

  /** The context of a request or an answer, from within what it completes. */
  Context context() {
    return vertx.getOrCreateContext();
  }

  /**
   * Looks whether the peer is there, and speaks as we do. {@link GatewayError.Unsupported} with
   * both versions if it speaks another.
   */
  public Hello hello() throws InterruptedException {
    JsonObject said = ask(HttpMethod.GET, Api.HELLO, new JsonObject());
    return HistoryJson.sound(() -> {
      JsonArray versions = said.getJsonArray("versions");
      if (!versions.contains(Api.VERSION))
        throw new GatewayError.Unsupported(
            "peer %s speaks version %s of the peer API, and this gateway version %d: update the older one"
                .formatted(peer, versions.encode(), Api.VERSION));
      Set<Integer> compressions = new TreeSet<>();
      for (Object one : said.getJsonArray("compressions")) compressions.add((Integer) one);
      return new Hello(
          HistoryJson.text(said, "gateway"),
          HistoryJson.text(said, "you_are"),
          said.getBoolean("push", false),
          said.getBoolean("pull", false),
          said.getBoolean("migrate", false),
          said.getBoolean("may_roll_back", false),
          compressions);
    });
  }

  /** Asks, and waits for the answer. */
  JsonObject ask(HttpMethod method, String path, JsonObject question) throws InterruptedException {
    Buffer answer = ask(method, path, question, Api.QUESTION_BYTES_MAX);
    return answer.length() == 0
        ? new JsonObject()
        : HistoryJson.sound(() -> new JsonObject(answer));
  }

  Buffer ask(HttpMethod method, String path, JsonObject question, int answerBytesMax)
      throws InterruptedException {
    Future<HttpClientRequest> begun = request(method, path);
    Future<Buffer> answer =
        begun.compose(request -> {
          boolean asks = method.equals(HttpMethod.GET);
          Future<HttpClientResponse> sent =
              asks ? request.send() : request.send(question.toBuffer());
          // Here, on the request's own context: whoever waits may come after the whole answer has.
          return sent.compose(response -> body(response, answerBytesMax));
        });
    return wait(begun, answer, limit, "the answer of peer " + peer);
  }

  /** Has a snapshot anchored at the peer. */
  void anchor(String path, String snapshot, UUID guid) throws InterruptedException {
    ask(HttpMethod.POST, path, new JsonObject().put("name", snapshot).put("guid", guid.toString()));
  }

  Future<HttpClientRequest> request(HttpMethod method, String path) {
    var options =
        new RequestOptions()
            .setMethod(method)
            .setURI(path)
            .setConnectTimeout(Api.CONNECT_LIMIT.toMillis())
            .putHeader(Api.JOB_HEADER, job);
    said.forEach((header, what) -> what.get().ifPresent(text -> options.putHeader(header, text)));
    // What breaks it off is told by its answer; without a handler it would be an error of the log.
    return http.request(route.to(options)).map(request -> request.exceptionHandler(_ -> {}));
  }

  /** Of an answer that is no refusal: all of it. */
  Future<Buffer> body(HttpClientResponse response, int bytesMax) {
    return bytes(response, bytesMax)
        .map(body -> {
          if (response.statusCode() / 100 != 2) throw refusal(response.statusCode(), body);
          return body;
        });
  }

  /** Of an answer whose body nobody has begun to read. */
  Future<GatewayError> refusal(HttpClientResponse response) {
    return bytes(response, Api.QUESTION_BYTES_MAX)
        .map(body -> refusal(response.statusCode(), body));
  }

  /** A body that is no longer than it may be. */
  private Future<Buffer> bytes(HttpClientResponse response, int bytesMax) {
    Buffer body = Buffer.buffer();
    boolean[] tooLong = {false};
    response.handler(bytes -> {
      if (body.length() + bytes.length() <= bytesMax) body.appendBuffer(bytes);
      else if (!tooLong[0]) {
        tooLong[0] = true;
        response.request().connection().close();
      }
    });
    return response
        .end()
        .transform(read -> {
          if (tooLong[0])
            throw new GatewayError.Invalid(
                "peer %s answers with more than %d bytes".formatted(peer, bytesMax));
          return read.succeeded()
              ? Future.succeededFuture(body)
              : Future.failedFuture(read.cause());
        });
  }

  private GatewayError refusal(int status, Buffer body) {
    try {
      return HistoryJson.sound(() -> ErrorJson.read(new JsonObject(body)));
    } catch (GatewayError.Invalid unreadable) {
      return new GatewayError.Unavailable(
          Scope.CONNECTION,
          Api.ASK_AGAIN,
          "peer %s answered %d, and what it said is no answer of a gateway".formatted(peer, status),
          unreadable);
    }
  }

  /** Waits for something of the peer. */
  <T> T wait(Future<T> coming, Duration most, String what) throws InterruptedException {
    try {
      return Waiting.on(coming, most, Scope.CONNECTION, what);
    } catch (GatewayError known) {
      throw known;
    } catch (RuntimeException broken) {
      throw away(broken);
    }
  }

  /**
   * As {@link #wait}, for an answer to this request. If it is not waited for any longer its
   * connection is cut: on a line that is dead it would never be free for another.
   */
  <T> T wait(Future<HttpClientRequest> request, Future<T> answer, Duration most, String what)
      throws InterruptedException {
    try {
      return wait(answer, most, what);
    } catch (InterruptedException | RuntimeException e) {
      if (!answer.isComplete()) request.onSuccess(HttpClientRequest::reset);
      throw e;
    }
  }

  /** As {@link #wait}, for what has to be closed: what comes too late is. */
  <T> T wait(Future<T> coming, Duration most, String what, Consumer<T> close)
      throws InterruptedException {
    try {
      return wait(coming, most, what);
    } catch (InterruptedException | RuntimeException e) {
      coming.onSuccess(close::accept);
      throw e;
    }
  }

  GatewayError away(Throwable broken) {
    return new GatewayError.Unavailable(
        Scope.CONNECTION,
        Api.ASK_AGAIN,
        "peer %s cannot be reached: %s%s"
            .formatted(
                peer, broken.getMessage(), trouble.get().map(why -> " (" + why + ")").orElse("")),
        broken);
  }

  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
