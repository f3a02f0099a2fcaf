package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;

/** Writes down rows of the table: method, path, role, handler. */
final class Rows {
  private final Context context;
  private final List<Operation> rows = new ArrayList<>();

  Rows(Context context) {
    this.context = context;
  }

  Rows get(String path, Role role, Route.Handler handler) {
    return add(Route.Method.GET, path, role, handler);
  }

  Rows put(String path, Role role, Route.Handler handler) {
    return add(Route.Method.PUT, path, role, handler);
  }

  Rows post(String path, Role role, Route.Handler handler) {
    return add(Route.Method.POST, path, role, handler);
  }

  Rows patch(String path, Role role, Route.Handler handler) {
    return add(Route.Method.PATCH, path, role, handler);
  }

  Rows delete(String path, Role role, Route.Handler handler) {
    return add(Route.Method.DELETE, path, role, handler);
  }

  /** Answers everybody, at any time: health. */
  Rows open(String path, Route.Handler handler) {
    return add(
        Route.Method.GET,
        path,
        new Operation.Needs.Nothing(),
        new Operation.Action.Answer(handler, context, true));
  }

  /** A text for readers; it answers while all slots are taken. */
  Rows show(String path, Operation.ShownBy document) {
    return special(Route.Method.GET, path, Role.READER, new Operation.Action.Show(document));
  }

  Rows subscribe(String path, Role role) {
    return special(Route.Method.GET, path, role, new Operation.Action.Subscribe());
  }

  Rows special(Route.Method method, String path, Role role, Operation.Action action) {
    return add(method, path, new Operation.Needs.AtLeast(role), action);
  }

  List<Operation> all() {
    return List.copyOf(rows);
  }

  private Rows add(Route.Method method, String path, Role role, Route.Handler handler) {
    return special(method, path, role, new Operation.Action.Answer(handler, context, false));
  }

  private Rows add(
      Route.Method method, String path, Operation.Needs needs, Operation.Action action) {
    rows.add(new Operation(CoreRoutes.OWNER, method, path, needs, action));
    return this;
  }
}
