package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.AdminRoutes;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Routes that a test can call, with neither sockets nor roles in the way. Threads: any. */
public final class FakeAdmin implements AdminRoutes {
  private record Mounted(Route route, @Nullable Context context) {}

  private final List<Mounted> mounted = new CopyOnWriteArrayList<>();
  private final List<String> documents = new CopyOnWriteArrayList<>();

  @Override
  public void mount(List<Route> routes, String openapi) {
    for (Route route : routes)
      if (mounted.stream().anyMatch(m -> isSame(m.route(), route)))
        throw new GatewayError.Conflict(
            route.method() + " " + route.path() + " is mounted already");
    routes.forEach(route -> mounted.add(new Mounted(route, Vertx.currentContext())));
    documents.add(openapi);
  }

  public List<Route> routes() {
    return mounted.stream().map(Mounted::route).toList();
  }

  /** The OpenAPI documents that came with the routes. */
  public List<String> documents() {
    return List.copyOf(documents);
  }

  public Future<Reply> call(Route.Method method, String path) {
    return call(method, path, new JsonObject(), Map.of());
  }

  public Future<Reply> call(Route.Method method, String path, JsonObject body) {
    return call(method, path, body, Map.of());
  }

  /**
   * Calls the route that is mounted there, on its context; {@link GatewayError.NotFound} if none
   * is.
   */
  public Future<Reply> call(
      Route.Method method, String path, JsonObject body, Map<String, String> query) {
    return call(method, path, body, query, Optional.empty());
  }

  /**
   * As {@link #call}, with an {@code If-Match} for this ETag: what is not so is {@link
   * GatewayError.Conflict}, where the host answers 412.
   */
  public Future<Reply> callIfMatch(String etag, Route.Method method, String path, JsonObject body) {
    return call(method, path, body, Map.of(), Optional.of(etag));
  }

  private Future<Reply> call(
      Route.Method method,
      String path,
      JsonObject body,
      Map<String, String> query,
      Optional<String> ifMatch) {
    for (Mounted one : mounted) {
      Optional<Map<String, String>> parameters = match(one.route().path(), path);
      if (one.route().method() == method && parameters.isPresent())
        return answer(one, new FakeCall(path, parameters.get(), query, body, ifMatch));
    }
    return Future.failedFuture(new GatewayError.NotFound("no route " + method + " " + path));
  }

  void unmountAll() {
    mounted.clear();
    documents.clear();
  }

  private static Future<Reply> answer(Mounted one, Call call) {
    Promise<Reply> reply = Promise.promise();
    Runnable answer =
        () -> {
          try {
            one.route().handler().handle(call).onComplete(reply);
          } catch (RuntimeException e) {
            reply.fail(e);
          }
        };
    if (one.context() == null) answer.run();
    else one.context().runOnContext(_ -> answer.run());
    return reply.future();
  }

  private static boolean isSame(Route a, Route b) {
    return a.method() == b.method() && a.path().equals(b.path());
  }

  private static Optional<Map<String, String>> match(String template, String path) {
    String[] wanted = template.split("/", -1);
    String[] given = path.split("/", -1);
    if (wanted.length != given.length) return Optional.empty();
    Map<String, String> parameters = new HashMap<>();
    for (int i = 0; i < wanted.length; i++) {
      String part = wanted[i];
      if (part.startsWith("{")) parameters.put(part.substring(1, part.length() - 1), given[i]);
      else if (!part.equals(given[i])) return Optional.empty();
    }
    return Optional.of(parameters);
  }

  private record FakeCall(
      String path,
      Map<String, String> parameters,
      Map<String, String> queries,
      JsonObject body,
      Optional<String> ifMatch)
      implements Call {
    @Override
    public String caller() {
      return "test";
    }

    @Override
    public String path(String parameter) {
      String value = parameters.get(parameter);
      if (value == null) throw new IllegalArgumentException("the path has no " + parameter);
      return value;
    }

    @Override
    public Optional<String> query(String parameter) {
      return Optional.ofNullable(queries.get(parameter));
    }

    @Override
    public void requireMatch(String etag) {
      if (ifMatch.isPresent() && !ifMatch.get().equals(etag))
        throw new GatewayError.Conflict("412: the ETag is %s now".formatted(etag));
    }
  }
}
