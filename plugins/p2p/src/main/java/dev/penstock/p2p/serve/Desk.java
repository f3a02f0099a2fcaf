package dev.penstock.p2p.serve;

import dev.penstock.p2p.access.Credentials;
import dev.penstock.p2p.access.Decision;
import dev.penstock.p2p.access.Decision.Visitor;
import dev.penstock.p2p.config.ServedSettings;
import dev.penstock.p2p.socket.RawBodies;
import dev.penstock.p2p.socket.RawBody;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/**
 * Takes the requests of one event loop: which repository and endpoint, who it is, whether he may;
 * then hands them on. On that loop.
 */
final class Desk {
  private final Site site;
  private final Visits visits;
  private final StallWatch watch;

  Desk(Site site, Visits visits, StallWatch watch) {
    this.site = site;
    this.visits = visits;
    this.watch = watch;
  }

  Site site() {
    return site;
  }

  Visits visits() {
    return visits;
  }

  StallWatch watch() {
    return watch;
  }

  void answer(HttpServerRequest request) {
    RawBody body = RawBodies.next(request.connection());
    Visits.Visit visit = visits.of(request.connection());
    if (!visit.hasPlace()) {
      request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      refuse(request, body, 503, "there are as many connections as may be; try again later")
          .onComplete(_ -> request.connection().close());
      return;
    }
    try {
      route(visit, request, body);
    } catch (GatewayError e) {
      Failure failure = Failure.of(e);
      refuse(request, body, failure.status(), failure.text());
    }
  }

  private void route(Visits.Visit visit, HttpServerRequest request, RawBody body) {
    String path = request.path();
    Optional<Target> target = path == null ? Optional.empty() : Target.of(path, site.basePath());
    if (target.isEmpty()) {
      refuse(request, body, 404, "nothing is served under this path, or not in this version");
      return;
    }
    Optional<Served> served = served(target.get());
    if (served.isEmpty()) {
      refuse(request, body, 404, "no such repository is served here");
      return;
    }
    Endpoint endpoint = target.get().endpoint();
    if (!endpoint.takes(request.method())) {
      request.response().putHeader("Allow", endpoint.methods());
      refuse(request, body, 405, "%s takes %s".formatted(endpoint.word(), endpoint.methods()));
      return;
    }
    var exchange = new Exchange(this, visit, request, body, target.get(), served.get());
    exchange.begin();
    exchange.guarded(() -> identify(exchange));
  }

  private Optional<Served> served(Target target) {
    return target.endpoint() == Endpoint.CONFIG
        ? site.index().get().byName(target.where())
        : site.index().get().byUuid(target.where());
  }

  private static Future<Void> refuse(
      HttpServerRequest request, RawBody body, int status, String text) {
    body.stop();
    return request
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain;charset=utf-8")
        .end(text);
  }

  private void identify(Exchange exchange) {
    String header = exchange.request().getHeader(HttpHeaders.AUTHORIZATION);
    if (header == null) {
      admit(exchange, Decision.ANONYMOUS);
      return;
    }
    Credentials credentials = Credentials.parse(header);
    Optional<Visitor> known = site.verifier().known(credentials);
    if (known.isPresent()) {
      admit(exchange, known.get());
      return;
    }
    exchange.request().pause();
    site.verifier()
        .verify(credentials)
        .onFailure(exchange::fail)
        .onSuccess(visitor -> exchange.guarded(() -> admit(exchange, visitor)));
  }

  private void admit(Exchange exchange, Visitor visitor) {
    if (exchange.isGone()) return;
    exchange.is(visitor);
    Served served = exchange.served();
    ServedSettings settings = served.settings();
    Decision decision =
        Decision.of(
            visitor,
            served.name(),
            exchange.endpoint().operation(),
            settings.anonymous(),
            settings.readersLock(),
            !site.users().isEmpty());
    if (decision instanceof Decision.Allowed) handOn(exchange);
    else exchange.refuse(decision);
  }

  private static void handOn(Exchange exchange) {
    switch (exchange.endpoint()) {
      case KEY -> Sending.begin(exchange);
      case CHECKPRESENT -> Asking.checkPresent(exchange);
      case LOCKCONTENT -> Locking.lock(exchange);
      case KEEPLOCKED -> Locking.keep(exchange);
      case REMOVE -> Asking.remove(exchange);
      case REMOVE_BEFORE -> Asking.removeBefore(exchange);
      case GETTIMESTAMP -> Asking.timestamp(exchange);
      case PUT -> Receiving.begin(exchange);
      case PUTOFFSET -> Asking.putOffset(exchange);
      case CONFIG -> ConfigFile.send(exchange);
    }
  }
}
