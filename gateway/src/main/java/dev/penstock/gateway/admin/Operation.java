package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Future;

/**
 * One row of the {@link RouteTable}.
 *
 * @param owner who mounted it: "gateway", or a module's name
 * @param needs what a caller has to bring
 */
record Operation(String owner, Route.Method method, PathTemplate path, Needs needs, Action action) {
  /** What a caller has to bring. */
  sealed interface Needs {
    /** A token with this role, or the unix socket. */
    record AtLeast(Role role) implements Needs {}

    /** Nothing: health, for load balancers and supervisors. */
    record Nothing() implements Needs {}
  }

  /** What answers. */
  sealed interface Action {
    /**
     * A handler that gets the body and answers with a reply, on its own context.
     *
     * @param alwaysAdmitted whether it answers while all slots for requests are taken
     */
    record Answer(Route.Handler handler, Context context, boolean alwaysAdmitted)
        implements Action {}

    /** A text, made when it is asked for; it answers while all slots are taken. */
    record Show(ShownBy document) implements Action {}

    /** The stream of events, which has no end. */
    record Subscribe() implements Action {}

    /** A body that goes to a file as it arrives, and then to a handler. */
    record Receive(Receiver receiver) implements Action {}
  }

  /** Makes a document. */
  @FunctionalInterface
  interface ShownBy {
    Future<Document> show(Call call);
  }

  boolean changes() {
    return method != Route.Method.GET;
  }
}
