package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.config.Nearest;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Every operation of the admin API, the gateway's own and the modules', and the vertx-web router
 * that finds them.
 *
 * <p>The router only says what it found. Whether the caller may have it is decided before any
 * handler of an operation runs, and an unknown path is told to known callers only. It matches the
 * path as it was sent: a {@code ..} or {@code //} is never resolved, so that what a proxy judged is
 * what is served.
 *
 * <p><b>Threads.</b> Any. Finding reads a snapshot; mounting replaces it.
 */
final class RouteTable {
  /** A longer path is no typing mistake, and comparing it with all others costs time. */
  private static final int NEAREST_CHARACTERS_MAX = 80;

  private static final int NEAREST_PARTS_MAX = 9;

  private static final String FOUND = "found";
  private static final String ALLOWED = "allowed";

  private final Vertx vertx;
  private volatile Snapshot now;

  private record Snapshot(List<Operation> operations, Router router) {}

  /** What a method and a path lead to. */
  sealed interface Found {
    record Match(Operation operation, Map<String, String> parameters) implements Found {}

    record WrongMethod(Set<Route.Method> allowed) implements Found {}

    record UnknownPath(Optional<String> nearest) implements Found {}
  }

  RouteTable(Vertx vertx) {
    this.vertx = vertx;
    now = snapshot(List.of());
  }

  /** Adds all of them or none. */
  synchronized void mount(List<Operation> added) {
    List<Operation> all = new ArrayList<>(operations());
    for (Operation one : added) {
      refuseTaken(one, all);
      all.add(one);
    }
    all.sort(Comparator.comparing(Operation::shape));
    now = snapshot(all);
  }

  synchronized void unmount(String owner) {
    now = snapshot(operations().stream().filter(o -> !o.owner().equals(owner)).toList());
  }

  List<Operation> operations() {
    return now.operations();
  }

  /** Leaves the request as it is. Its %-escapes must be whole. */
  Found find(RoutingContext arriving) {
    now.router().handleContext(arriving);
    return Objects.requireNonNull(arriving.get(FOUND), "the last route takes every path");
  }

  /** Operations first; then the same paths by any method, for 405; then everything, for 404. */
  private Snapshot snapshot(List<Operation> all) {
    Router router = Router.router(vertx);
    for (Operation one : all)
      router
          .route(HttpMethod.valueOf(one.method().name()), one.routerPath())
          .useNormalizedPath(false)
          .handler(arriving ->
              arriving.put(FOUND, new Found.Match(one, Map.copyOf(arriving.pathParams()))));
    for (Operation one : all)
      router
          .route(one.routerPath())
          .useNormalizedPath(false)
          .handler(arriving -> {
            allowed(arriving).add(one.method());
            arriving.next();
          });
    router.route().handler(arriving -> arriving.put(FOUND, nothing(arriving, all)));
    return new Snapshot(List.copyOf(all), router);
  }

  private static Set<Route.Method> allowed(RoutingContext arriving) {
    Set<Route.Method> allowed = arriving.get(ALLOWED, EnumSet.noneOf(Route.Method.class));
    arriving.put(ALLOWED, allowed);
    return allowed;
  }

  private static Found nothing(RoutingContext arriving, List<Operation> all) {
    Set<Route.Method> allowed = allowed(arriving);
    return allowed.isEmpty()
        ? new Found.UnknownPath(
            nearest(Objects.requireNonNullElse(arriving.request().path(), "/"), all))
        : new Found.WrongMethod(allowed);
  }

  /** A path belongs to one owner whole: otherwise a module could add a DELETE to another's GET. */
  private static void refuseTaken(Operation one, List<Operation> all) {
    for (Operation other : all) {
      if (!other.shape().equals(one.shape())) continue;
      if (other.owner().equals(one.owner()) && other.method() != one.method()) continue;
      throw new GatewayError.Conflict(
          "%s %s is served by %s already, as %s; %s cannot have it"
              .formatted(one.method(), one.path(), other.owner(), other.path(), one.owner()));
    }
  }

  private static Optional<String> nearest(String path, List<Operation> all) {
    List<String> asked = List.of(path.split("/"));
    if (path.length() > NEAREST_CHARACTERS_MAX || asked.size() > NEAREST_PARTS_MAX)
      return Optional.empty();
    return Nearest.to(
        path, all.stream().flatMap(one -> filled(one, asked).stream()).distinct().toList());
  }

  /** The path that somebody may have meant: this template with his own parameters. */
  private static Optional<String> filled(Operation one, List<String> asked) {
    List<String> parts = new ArrayList<>(List.of(one.shape().split("/")));
    if (parts.size() != asked.size()) return Optional.empty();
    for (int i = 0; i < parts.size(); i++)
      if (parts.get(i).equals("{}")) parts.set(i, asked.get(i));
    return Optional.of(String.join("/", parts));
  }
}
