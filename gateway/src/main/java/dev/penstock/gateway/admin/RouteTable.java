package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.config.Nearest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every operation of the admin API, the gateway's own and the modules'.
 *
 * <p><b>Threads.</b> Any. Finding reads a snapshot; mounting replaces it.
 */
final class RouteTable {
  /** A longer path is no typing mistake, and comparing it with all others costs time. */
  private static final int NEAREST_CHARACTERS_MAX = 80;

  private static final int NEAREST_SEGMENTS_MAX = 8;

  private volatile List<Operation> operations = List.of();

  /** What a method and a path lead to. */
  sealed interface Found {
    record Match(Operation operation, Map<String, String> parameters) implements Found {}

    record WrongMethod(Set<Route.Method> allowed) implements Found {}

    record UnknownPath(Optional<String> nearest) implements Found {}
  }

  /** Adds all of them or none. */
  synchronized void mount(List<Operation> added) {
    List<Operation> all = new ArrayList<>(operations);
    for (Operation one : added) {
      refuseTaken(one, all);
      all.add(one);
    }
    all.sort(Comparator.comparing(o -> o.path().rank()));
    operations = List.copyOf(all);
  }

  synchronized void unmount(String owner) {
    operations = operations.stream().filter(o -> !o.owner().equals(owner)).toList();
  }

  List<Operation> operations() {
    return operations;
  }

  Found find(Optional<Route.Method> method, String path) {
    List<String> raw = PathTemplate.split(path);
    Set<Route.Method> allowed = EnumSet.noneOf(Route.Method.class);
    for (Operation one : operations) {
      Optional<Map<String, String>> parameters = one.path().match(raw);
      if (parameters.isEmpty()) continue;
      if (method.isPresent() && one.method() == method.get())
        return new Found.Match(one, parameters.get());
      allowed.add(one.method());
    }
    return allowed.isEmpty()
        ? new Found.UnknownPath(nearest(path, raw))
        : new Found.WrongMethod(allowed);
  }

  /** A path belongs to one owner whole: otherwise a module could add a DELETE to another's GET. */
  private static void refuseTaken(Operation one, List<Operation> all) {
    for (Operation other : all) {
      if (!other.path().shape().equals(one.path().shape())) continue;
      if (other.owner().equals(one.owner()) && other.method() != one.method()) continue;
      throw new GatewayError.Conflict(
          "%s %s is served by %s already, as %s; %s cannot have it"
              .formatted(
                  one.method(),
                  one.path().text(),
                  other.owner(),
                  other.path().text(),
                  one.owner()));
    }
  }

  private Optional<String> nearest(String path, List<String> raw) {
    if (path.length() > NEAREST_CHARACTERS_MAX || raw.size() > NEAREST_SEGMENTS_MAX)
      return Optional.empty();
    List<String> known =
        operations.stream().flatMap(o -> o.path().filledFrom(raw).stream()).distinct().toList();
    return Nearest.to(path, known);
  }
}
