package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.regex.Pattern;

/**
 * One row of the {@link RouteTable}.
 *
 * @param owner who mounted it: "gateway", or a module's name
 * @param path a template: literals, and parameters in braces
 * @param needs what a caller has to bring
 */
record Operation(String owner, Route.Method method, String path, Needs needs, Action action) {
  private static final Pattern PARAMETER = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]*)}");

  /** Nothing that means something to vertx-web's router: no colon, no star, no parenthesis. */
  private static final Pattern PATH = Pattern.compile("(/([A-Za-z0-9._-]+|" + PARAMETER + "))+");

  private static final Pattern TWICE = Pattern.compile(".*(\\{[^}]*}).*\\1.*");

  Operation {
    if (!PATH.matcher(path).matches() || TWICE.matcher(path).matches())
      throw new GatewayError.Invalid(
          "%s mounts %s; a route's path is /words of A-Z a-z 0-9 . _ - and /{parameters}, each once"
              .formatted(owner, path));
  }

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

  /**
   * The path with nameless parameters: of two with the same shape no call could tell which it
   * means. In order of shape a literal comes before a parameter, as "{" follows every literal.
   */
  String shape() {
    return PARAMETER.matcher(path).replaceAll("{}");
  }

  /** The path as vertx-web writes it. */
  String routerPath() {
    return PARAMETER.matcher(path).replaceAll(":$1");
  }

  boolean changes() {
    return method != Route.Method.GET;
  }
}
