package dev.penstock.nbd.admin;

import dev.penstock.nbd.serve.ConnectionBook;
import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.ConnectionInfo;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code /v1/connections}. Any thread. */
public final class ConnectionRoutes {
  private final ConnectionBook book;

  public ConnectionRoutes(ConnectionBook book) {
    this.book = book;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/connections", Role.READER, this::list),
        new Route(Method.DELETE, "/v1/connections/{connection}", Role.OPERATOR, this::end));
  }

  private Future<Reply> list(Call call) {
    Optional<String> export = call.query("export");
    return Future.succeededFuture(
        Reply.items(
            "connections",
            book.all().stream()
                .filter(info -> export.isEmpty() || export.get().equals(info.export()))
                .map(ConnectionRoutes::json)
                .iterator()));
  }

  /** Answers once it is gone and nothing of it is under way. */
  private Future<Reply> end(Call call) {
    Connection connection = require(call.path("connection"));
    connection.end();
    return connection.ended().map(_ -> Reply.done());
  }

  private Connection require(String number) {
    return number(number)
        .flatMap(book::numbered)
        .orElseThrow(() -> new GatewayError.NotFound("there is no connection " + number));
  }

  private static Optional<Long> number(String text) {
    return text.matches("\\d{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }

  private static JsonObject json(ConnectionInfo info) {
    return new JsonObject()
        .put("connection", Long.toString(info.id()))
        .put("peer", info.peer())
        .put("listener", info.listener())
        .put("export", info.export())
        .put("since", info.since().toString())
        .put("phase", info.phase().name().toLowerCase(Locale.ROOT))
        .put("requests", info.requests())
        .put("requests_under_way", info.underWay())
        .put("read_bytes", info.readBytes())
        .put("written_bytes", info.writtenBytes());
  }
}
