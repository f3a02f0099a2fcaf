package dev.penstock.replication.admin;

import dev.penstock.replication.config.PeerAddress;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.config.ReplicationConfig;
import dev.penstock.replication.peer.PeerClient;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.PeerListener;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.ModuleContext;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code /v1/peers}. On the module's context. */
public final class PeerRoutes {
  private final ModuleContext context;
  private final ReplicationConfig config;
  private final List<PeerListener> listeners;
  private final Function<String, PeerLink> links;

  public PeerRoutes(
      ModuleContext context,
      ReplicationConfig config,
      List<PeerListener> listeners,
      Function<String, PeerLink> links) {
    this.context = context;
    this.config = config;
    this.listeners = List.copyOf(listeners);
    this.links = links;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/peers", Role.READER, _ -> list()),
        new Route(Method.GET, "/v1/peers/{peer}", Role.READER, this::show),
        new Route(Method.POST, "/v1/peers/{peer}/check", Role.OPERATOR, this::check));
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("peers", config.peers().stream().map(this::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    return Future.succeededFuture(Reply.ok(json(require(call))));
  }

  private PeerSettings require(Call call) {
    return config
        .peer(call.path("peer"))
        .orElseThrow(() -> new GatewayError.NotFound("there is no peer " + call.path("peer")));
  }

  /** Whether it answers, and what it lets us do. */
  private Future<Reply> check(Call call) {
    PeerSettings peer = require(call);
    PeerClient client = links.apply(peer.name()).client("check", PhaseLimits.DEFAULTS.planning());
    return context
        .tasks()
        .brief("check of peer " + peer.name(), PhaseLimits.DEFAULTS.planning(), client::hello)
        .map(hello ->
            Reply.ok(
                new JsonObject()
                    .put("gateway", hello.gateway())
                    .put("knows_us_as", hello.us())
                    .put("takes_volumes", hello.mayPush())
                    .put("gives_volumes", hello.mayPull())));
  }

  private JsonObject json(PeerSettings peer) {
    var json = new JsonObject().put("name", peer.name()).put("certificate", peer.certificate());
    peer.address().ifPresent(address -> json.put("address", text(address)));
    peer.push().ifPresent(push -> json.put("push_below", push.root().below()));
    json.put("may_push", peer.push().isPresent()).put("may_pull", peer.pull().isPresent());
    socket(peer).ifPresent(socket -> json.put("socket", socket));
    var listening = new JsonArray();
    listeners.stream()
        .filter(one -> one.settings().peer().map(peer.name()::equals).orElse(true))
        .forEach(one -> listening.add(one.address()));
    return json.put("comes_in_at", listening);
  }

  /** Where {@code penstock stdio --as} brings who comes in the name of this peer. */
  private Optional<String> socket(PeerSettings peer) {
    return listeners.stream()
        .map(PeerListener::settings)
        .filter(one -> one.peer().equals(Optional.of(peer.name())))
        .flatMap(one ->
            one.address() instanceof ListenAddress.Unix(var path)
                ? Optional.of(path.toString()).stream()
                : Optional.<String>empty().stream())
        .findFirst();
  }

  private static String text(PeerAddress address) {
    return switch (address) {
      case PeerAddress.Https(String host, int port) -> "https://%s:%d".formatted(host, port);
      case PeerAddress.Http(String host, int port) -> "http://%s:%d".formatted(host, port);
      case PeerAddress.Unix(var path) -> "unix:" + path;
      case PeerAddress.Command(List<String> arguments) -> String.join(" ", arguments);
    };
  }
}
