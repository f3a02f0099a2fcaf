package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Role;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Who comes in through a listener. */
sealed interface Door {
  /** Refuses what a web page of somebody else's could have sent. Comes before {@link #identify}. */
  void refuseForeign(HttpServerRequest request);

  /** Refuses a caller without a good token. */
  Caller identify(HttpServerRequest request);

  static void require(Caller caller, Role role) {
    if (!caller.role().covers(role))
      throw Refusal.denied(
          "%s has the role %s; this takes %s"
              .formatted(caller.name(), lower(caller.role()), lower(role)));
  }

  private static String lower(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  /** The unix socket: the file's mode decides who comes in, and no browser does. */
  record Socket() implements Door {
    @Override
    public void refuseForeign(HttpServerRequest request) {}

    @Override
    public Caller identify(HttpServerRequest request) {
      return Caller.SOCKET;
    }
  }

  /**
   * TCP, where every user of this machine and every web page that he reads can knock.
   *
   * @param names what a {@code Host} may say, beside the address that the connection came to: a
   *     page whose own name was made to lead here (DNS rebinding) says its own name
   */
  record Tcp(String scheme, List<String> names, Tokens tokens) implements Door {
    private static final String BEARER = "bearer ";

    @Override
    public void refuseForeign(HttpServerRequest request) {
      List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
      HostAndPort host = request.authority();
      if (hosts.size() != 1 || host == null)
        throw Refusal.denied("a request needs one Host header that names this gateway");
      if (!serves(host.host(), request))
        throw Refusal.denied(
            "this gateway is not called \"%s\"; admin.names lists more names"
                .formatted(Plain.text(host.host())));
      for (String origin : request.headers().getAll(HttpHeaders.ORIGIN))
        if (!origin.equals(scheme + "://" + hosts.getFirst()))
          throw Refusal.denied(
              "a page of %s may not call this gateway".formatted(Plain.text(origin)));
      String site = request.getHeader("Sec-Fetch-Site");
      if (site != null && !site.equals("same-origin") && !site.equals("none"))
        throw Refusal.denied("a page of another site may not call this gateway");
    }

    @Override
    public Caller identify(HttpServerRequest request) {
      List<String> sent = request.headers().getAll(HttpHeaders.AUTHORIZATION);
      if (sent.isEmpty()) throw Refusal.noToken();
      String authorization = sent.getFirst();
      if (sent.size() != 1 || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        throw Refusal.noToken();
      Optional<Caller> caller = tokens.holderOf(authorization.substring(BEARER.length()).strip());
      return caller.orElseThrow(Refusal::badToken);
    }

    private boolean serves(String sent, HttpServerRequest request) {
      String host = withoutBrackets(sent).toLowerCase(Locale.ROOT);
      if (names.contains(host)) return true;
      var local = request.connection().localAddress();
      return local != null && host.equals(local.hostAddress());
    }

    static String withoutBrackets(String host) {
      return host.startsWith("[") && host.endsWith("]")
          ? host.substring(1, host.length() - 1)
          : host;
    }
  }
}
