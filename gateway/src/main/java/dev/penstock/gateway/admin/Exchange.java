package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer.
 *
 * <pre>
 *   head ─► door ─► table ─► role ─► body ─► slot ─► handler ─► audit ─► reply
 * </pre>
 *
 * A refusal at any arrow is a problem; a body that was not read by then is let go for a moment, so
 * that the caller reads his answer before the connection ends. A request holds a slot only while
 * its handler works: neither half a request nor an unread answer does.
 *
 * <p>All of it runs on the admin API's context.
 */
final class Exchange {
  static final int PATH_CHARACTERS_MAX = 1024;

  private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  /** How long a caller who was refused may go on sending before the connection ends. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private final Desk desk;
  private final Door door;
  private final RoutingContext routing;
  private final HttpServerRequest request;
  private final ConnectionWatch watch;
  private final String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final long beganNanos = System.nanoTime();
  private Optional<Operation> operation = Optional.empty();
  private Optional<HttpCall> call = Optional.empty();
  private final Promise<Void> over = Promise.promise();
  private boolean settled;

  Exchange(Desk desk, Door door, RoutingContext routing, ConnectionWatch watch) {
    this.desk = desk;
    this.door = door;
    this.routing = routing;
    this.request = routing.request();
    this.watch = watch;
  }

  void begin() {
    watch.headArrived(() -> {
      desk.meters().cut("arrival");
      refuse(Refusal.late("the request did not arrive whole in time"));
    });
    try {
      admit();
    } catch (RuntimeException e) {
      refuse(e);
    }
  }

  private void admit() {
    String path = Objects.requireNonNullElse(request.path(), "");
    door.refuseForeign(request);
    if (!path.startsWith("/"))
      throw Refusal.badRequest("a request names a path that begins with a slash");
    if (path.length() > PATH_CHARACTERS_MAX) throw Refusal.longPath(PATH_CHARACTERS_MAX);
    if (routing.failed()) throw Refusal.badRequest("a request names its host in one Host header");
    refuseBrokenEscapes(path);
    RouteTable.Found found = desk.table().find(routing);
    Caller caller = needsNobody(found) ? Caller.ANYBODY : door.identify(request);
    switch (found) {
      case RouteTable.Found.UnknownPath(var nearest) ->
          throw Refusal.unknownPath(Plain.text(path), nearest.map(Plain::text));
      case RouteTable.Found.WrongMethod(var allowed) ->
          throw Refusal.wrongMethod(
              request.method().name(),
              Plain.text(path),
              allowed.stream().map(Route.Method::name).toList());
      case RouteTable.Found.Match(var matched, var parameters) ->
          admit(matched, parameters, caller);
    }
  }

  private void admit(Operation matched, Map<String, String> parameters, Caller caller) {
    operation = Optional.of(matched);
    HttpCall arriving = callOf(caller, parameters, Buffer.buffer());
    call = Optional.of(arriving);
    if (matched.needs() instanceof Operation.Needs.AtLeast(var role)) Door.require(caller, role);
    switch (matched.action()) {
      case Operation.Action.Answer answer -> withBody(whole -> answer(answer, whole), arriving);
      case Operation.Action.Show(var document) ->
          withBody(whole -> show(document, whole), arriving);
      case Operation.Action.Subscribe() -> withBody(_ -> subscribe(), arriving);
      case Operation.Action.Receive(var receiver) -> receive(receiver, arriving);
    }
  }

  /** Before vertx-web meets one, which would answer in its own words. */
  private void refuseBrokenEscapes(String path) {
    if (BROKEN_ESCAPE.matcher(path).find())
      throw Refusal.badRequest("the path has a broken %-escape");
    try {
      routing.queryParams();
    } catch (HttpException e) {
      throw Refusal.badRequest("the query has a broken %-escape");
    }
  }

  private static boolean needsNobody(RouteTable.Found found) {
    return found instanceof RouteTable.Found.Match(var matched, var _)
        && matched.needs() instanceof Operation.Needs.Nothing;
  }

  private HttpCall callOf(Caller caller, Map<String, String> parameters, Buffer content) {
    return new HttpCall(
        caller.name(),
        Objects.requireNonNullElse(request.path(), "/"),
        parameters,
        routing.queryParams(), // the request's own would have those of the path as well
        content,
        Optional.ofNullable(request.getHeader(HttpHeaders.IF_MATCH)));
  }

  private interface Step {
    void with(HttpCall whole);
  }

  private void withBody(Step step, HttpCall arriving) {
    RequestBody.check(request, RequestBody.JSON, desk.limits().bodyBytesMax());
    letThemSend();
    RequestBody.read(request, desk.limits().bodyBytesMax())
        .onSuccess(content -> {
          watch.bodyArrived();
          HttpCall whole = arriving.withContent(content);
          call = Optional.of(whole);
          guarded(() -> step.with(whole));
        })
        .onFailure(this::refuse);
  }

  private void letThemSend() {
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT)))
      request.response().writeContinue();
  }

  private void guarded(Runnable step) {
    if (settled) return;
    try {
      step.run();
    } catch (RuntimeException e) {
      refuse(e);
    }
  }

  private void answer(Operation.Action.Answer answer, HttpCall whole) {
    Slots slots = desk.slots();
    boolean counted = !answer.alwaysAdmitted();
    if (counted && slots.full())
      throw Refusal.busy(
          "%d requests are under way, which is as many as admin.limits.requests allows"
              .formatted(slots.taken()),
          1);
    Optional<Slots.Slot> slot = counted ? Optional.of(slots.take()) : Optional.empty();
    inTime(() -> answer.handler().handle(whole), answer.context())
        .onComplete(_ -> slot.ifPresent(Slots.Slot::close))
        .onSuccess(reply -> guarded(() -> reply(reply, answer.context())))
        .onFailure(this::refuse);
  }

  private void show(Operation.ShownBy document, HttpCall whole) {
    inTime(() -> document.show(whole), desk.context())
        .onSuccess(shown -> settle(200, shown.contentType(), Map.of(), Pieces.of(shown.text())))
        .onFailure(this::refuse);
  }

  private void subscribe() {
    desk.events().subscribe(request);
    settled = true;
  }

  private void receive(Receiver receiver, HttpCall arriving) {
    long bytesMax = desk.limits().archiveBytesMax();
    receiver.check(arriving);
    RequestBody.check(request, receiver.contentType(), bytesMax);
    Slots slots = desk.archiveSlots();
    if (slots.full()) throw Refusal.busy("another archive is being installed; one at a time", 5);
    Slots.Slot slot = slots.take();
    // A caller who leaves before the file is open is seen by nobody else.
    request.response().closeHandler(_ -> over.tryComplete());
    request.pause();
    watch.archiveBegins();
    letThemSend();
    FileBody.receive(desk.vertx(), request, desk.archives(), bytesMax, over.future())
        .onSuccess(_ -> watch.bodyArrived())
        .compose(file ->
            inTime(() -> receiver.received(arriving, file), desk.context())
                .eventually(() -> FileBody.remove(desk.vertx(), file)))
        .onComplete(_ -> slot.close())
        .onSuccess(reply -> guarded(() -> reply(reply, desk.context())))
        .onFailure(this::refuse);
  }

  /** What a handler makes, on its context, or a 504: a handler that never answers holds no slot. */
  private <T> Future<T> inTime(Supplier<Future<T>> work, Context context) {
    Promise<T> result = Promise.promise();
    long timer =
        desk.vertx()
            .setTimer(
                desk.limits().answerLimit().toMillis(),
                _ ->
                    result.tryFail(
                        Refusal.noAnswer(
                            "the handler did not answer within %d ms; what it began may still happen"
                                .formatted(desk.limits().answerLimit().toMillis()))));
    context.runOnContext(_ -> {
      Future<T> made;
      try {
        made = work.get();
      } catch (Throwable t) {
        made = Future.failedFuture(t);
      }
      made.onComplete(
          value -> desk.context().runOnContext(_ -> result.tryComplete(value)),
          failure -> desk.context().runOnContext(_ -> result.tryFail(failure)));
    });
    return result.future().onComplete(_ -> desk.vertx().cancelTimer(timer));
  }

  private void reply(Reply reply, Context owner) {
    var headers = new HashMap<String, String>();
    reply.location().ifPresent(location -> headers.put("Location", location));
    reply.etag().ifPresent(etag -> headers.put("ETag", "\"" + etag + "\""));
    Pieces pieces =
        switch (reply.body()) {
          case Reply.Body.None() -> Pieces.of(Buffer.buffer());
          case Reply.Body.Json(var json) -> Pieces.of(json.toBuffer().appendString("\n"));
          case Reply.Body.Items(var name, var items) -> Pieces.ofItems(name, items, owner);
        };
    settle(reply.status(), RequestBody.JSON, headers, pieces);
  }

  private void refuse(Throwable failure) {
    if (settled) return;
    Problem problem = Problem.of(failure);
    if (!request.isEnded() && request.response().closed()) {
      settled = true;
      over.tryComplete(); // gone in the middle of the request: nobody is there to be told
      return;
    }
    note(problem, failure);
    JsonObject json = problem.toJson(Plain.text(String.valueOf(request.path())), id);
    settle(
        problem.status(),
        Problem.CONTENT_TYPE,
        problem.headers(),
        Pieces.of(json.toBuffer().appendString("\n")));
  }

  private void note(Problem problem, Throwable failure) {
    var line = problem.isOurs() ? LOG.atError() : LOG.atInfo();
    if (problem.isOurs() && !(failure instanceof Refusal)) line = line.setCause(failure);
    line.addKeyValue("id", id)
        .addKeyValue("method", Plain.text(request.method().name()))
        .addKeyValue("path", Plain.text(String.valueOf(request.path())))
        .addKeyValue("caller", call.map(HttpCall::caller).orElse("-"))
        .addKeyValue("status", problem.status())
        .addKeyValue("detail", problem.detail())
        .log("admin call refused");
  }

  /** The outcome is known; it is written down before it is told. */
  private void settle(int status, String type, Map<String, String> headers, Pieces pieces) {
    if (settled) return;
    settled = true;
    over.tryComplete();
    pieces
        .next()
        .onComplete(
            first -> desk.context().runOnContext(_ -> tell(status, type, headers, first, pieces)),
            failure ->
                desk.context()
                    .runOnContext(_ -> {
                      settled = false;
                      refuse(failure);
                    }));
  }

  private void tell(
      int status, String type, Map<String, String> headers, Optional<Buffer> first, Pieces rest) {
    desk.meters().answered(operation, status, System.nanoTime() - beganNanos);
    audited(status).onComplete(_ -> send(status, type, headers, first, rest));
  }

  private Future<Void> audited(int status) {
    if (operation.isEmpty() || call.isEmpty() || !operation.get().changes())
      return Future.succeededFuture();
    return desk.audit()
        .write(AuditEntry.of(desk.clock().instant(), operation.get(), call.get(), status, id));
  }

  private void send(
      int status, String type, Map<String, String> headers, Optional<Buffer> first, Pieces rest) {
    HttpServerResponse response = request.response();
    if (response.closed()) return;
    boolean unread = !request.isEnded();
    response.setStatusCode(status);
    headers.forEach(response::putHeader);
    response.putHeader("Cache-Control", "no-store").putHeader("X-Content-Type-Options", "nosniff");
    if (status != 204) {
      response.putHeader("Content-Type", type);
      rest.lengthBytes()
          .ifPresentOrElse(
              bytes -> response.putHeader("Content-Length", Long.toString(bytes)),
              () -> response.setChunked(true));
    }
    if (unread) letGo(response);
    ReplyWriter.send(desk.vertx(), response, first, rest, desk.limits().slowReaderLimit())
        .onSuccess(_ -> sent(unread))
        .onFailure(this::cutShort);
  }

  /**
   * The caller is still sending what nobody wants: closing at once would make his kernel throw the
   * answer away (RFC 9112 §9.6).
   */
  private void letGo(HttpServerResponse response) {
    response.putHeader("Connection", "close");
    request.handler(_ -> {});
    request.exceptionHandler(_ -> {});
    request.endHandler(_ -> {});
    request.resume();
  }

  private void sent(boolean unread) {
    if (unread) desk.vertx().setTimer(LINGER.toMillis(), _ -> request.connection().close());
    else watch.answered();
  }

  private void cutShort(Throwable failure) {
    if (failure instanceof ReplyWriter.Stalled) desk.meters().cut("slow_reader");
    if (failure instanceof ReplyWriter.Gone) return;
    if (!request.response().closed()) {
      LOG.atWarn()
          .addKeyValue("id", id)
          .addKeyValue("path", Plain.text(String.valueOf(request.path())))
          .addKeyValue("reason", String.valueOf(failure.getMessage()))
          .log("answer cut short");
      request.connection().close();
    }
  }
}
