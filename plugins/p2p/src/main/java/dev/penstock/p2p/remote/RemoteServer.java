package dev.penstock.p2p.remote;

import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.socket.ReadWindow;
import dev.penstock.p2p.wire.ClientUuid;
import dev.penstock.p2p.wire.EncodedText;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asks one server about one repository, in a version of the protocol that the caller chooses.
 *
 * <p><b>Threads.</b> Any context; answers come there. <b>Errors.</b> Those of {@link
 * Answers#refusal}, and {@link GatewayError.Unavailable} if there is no answer.
 */
final class RemoteServer {
  static final String LENGTH = "X-git-annex-data-length";

  /** An answer in JSON has a few uuids. */
  private static final int ANSWER_BYTES_MAX = 256 << 10;

  private final Vertx vertx;
  private final HttpClient http;
  private final RemoteSettings settings;
  private final Optional<String> authorization;
  private final String name;

  /**
   * @param name what messages call it
   */
  RemoteServer(
      Vertx vertx,
      HttpClient http,
      RemoteSettings settings,
      Optional<String> authorization,
      String name) {
    this.vertx = vertx;
    this.http = http;
    this.settings = settings;
    this.authorization = authorization;
    this.name = name;
  }

  String name() {
    return name;
  }

  Vertx vertx() {
    return vertx;
  }

  RemoteLimits limits() {
    return settings.limits();
  }

  /**
   * A path of the repository and what is asked there.
   *
   * @param query values as they are, in their order
   */
  record Question(Caller caller, int version, String path, Map<String, RawText> query) {
    static Question of(Caller caller, int version, String path) {
      return new Question(caller, version, path, Map.of());
    }
  }

  private String uri(Question question) {
    var uri = new StringBuilder(settings.url().path());
    uri.append("/git-annex/").append(EncodedText.percent(RawText.of(settings.uuid())));
    uri.append("/v").append(question.version()).append('/').append(question.path());
    append(uri, '?', "clientuuid", RawText.of(ClientUuid.of(question.caller())));
    question.query().forEach((field, value) -> append(uri, '&', field, value));
    if (question.version() >= 2)
      for (String uuid : question.caller().bypass().stream().sorted().toList())
        append(uri, '&', "bypass", RawText.of(uuid));
    return uri.toString();
  }

  private static void append(StringBuilder uri, char before, String field, RawText value) {
    uri.append(before).append(field).append('=').append(EncodedText.percent(value));
  }

  /** A request of which nothing was sent. */
  Future<HttpClientRequest> request(HttpMethod method, Question question) {
    var options =
        new RequestOptions()
            .setMethod(method)
            .setHost(settings.url().host())
            .setPort(settings.url().port())
            .setSsl(settings.url().secure())
            .setConnectTimeout(limits().connecting().toMillis())
            .setFollowRedirects(false)
            .setURI(uri(question));
    authorization.ifPresent(value -> options.putHeader(HttpHeaders.AUTHORIZATION, value));
    Future<HttpClientRequest> made =
        http.request(options)
            // What breaks it off is told by its answer; else it would be an error of the log.
            .map(request -> request.exceptionHandler(_ -> {}))
            .recover(why -> Future.failedFuture(away(why)));
    return Deadline.within(
        vertx, limits().connecting(), made, this::silent, RemoteServer::breakOff);
  }

  /** Ends a request, and its connection with it: that is of no use to others any more. */
  static void breakOff(HttpClientRequest request) {
    request.reset();
    request.connection().close();
  }

  /** A question without a body, whose answer is a short one in JSON. */
  Future<JsonObject> ask(Question question) {
    return again(() ->
        request(HttpMethod.POST, question)
            .compose(request ->
                answer(
                    request,
                    request.putHeader(HttpHeaders.CONTENT_LENGTH, "0").send().compose(this::json),
                    limits().stall())));
  }

  /** A body that nobody reads yet, of an answer that is no refusal. */
  Future<HttpClientResponse> get(Question question) {
    return again(() ->
        request(HttpMethod.GET, question)
            .compose(request ->
                answer(request, request.send().compose(this::accepted), limits().stall())));
  }

  /** Within the limit, after which the request is broken off. */
  <T> Future<T> answer(HttpClientRequest request, Future<T> answer, Duration limit) {
    return Deadline.within(
            vertx,
            limit,
            answer,
            () -> {
              breakOff(request);
              return silent();
            },
            _ -> {})
        .recover(why -> Future.failedFuture(why instanceof Answers.NoSuchPath ? why : known(why)));
  }

  /** A connection that was left open may have been closed by the other side meanwhile. */
  private static <T> Future<T> again(Supplier<Future<T>> question) {
    return question.get().recover(why -> isStale(why) ? question.get() : Future.failedFuture(why));
  }

  private static boolean isStale(Throwable why) {
    return why instanceof GatewayError.Unavailable
        && !(why.getCause() instanceof ConnectException)
        && (why.getCause() instanceof HttpClosedException || why.getCause() instanceof IOException);
  }

  Future<JsonObject> json(HttpClientResponse response) {
    return body(response)
        .map(body -> {
          if (response.statusCode() != 200)
            throw Answers.refusal(response.statusCode(), body, name);
          return Answers.json(body, name);
        });
  }

  private Future<HttpClientResponse> accepted(HttpClientResponse response) {
    response.pause();
    if (response.statusCode() == 200) return Future.succeededFuture(response);
    response.resume();
    return body(response)
        .compose(body -> Future.failedFuture(Answers.refusal(response.statusCode(), body, name)));
  }

  /** Of each piece, when it is handed out. */
  static void taken(HttpClientResponse response, Buffer piece) {
    ReadWindow.of(response.request().connection())
        .ifPresent(window -> window.taken(piece.length()));
  }

  /** All of it; what is too long ends its connection. */
  private Future<Buffer> body(HttpClientResponse response) {
    Buffer body = Buffer.buffer();
    response.handler(bytes -> {
      taken(response, bytes);
      if (body.length() + bytes.length() <= ANSWER_BYTES_MAX) body.appendBuffer(bytes);
      else breakOff(response.request());
    });
    return response.end().map(body);
  }

  private GatewayError known(Throwable why) {
    return why instanceof GatewayError error ? error : away(why);
  }

  GatewayError away(Throwable why) {
    return new GatewayError.Unavailable(
        Scope.CONNECTION,
        Answers.ASK_AGAIN,
        "%s at %s cannot be reached: %s".formatted(name, settings.url(), why.getMessage()),
        why);
  }

  GatewayError silent() {
    return new GatewayError.Unavailable(
        Scope.CONNECTION,
        Answers.ASK_AGAIN,
        "%s at %s does not answer in time".formatted(name, settings.url()));
  }
}
