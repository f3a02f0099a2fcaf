package dev.penstock.p2p.serve;

import dev.penstock.spi.GatewayError;
import io.vertx.core.net.HostAndPort;

/**
 * What {@code git} finds at {@code REPOSITORY/config}: with it a client that was told the URL of a
 * repository and nothing else learns its uuid, and where its content is.
 */
final class ConfigFile {
  private ConfigFile() {}

  static void send(Exchange exchange) {
    Served served = exchange.served();
    String url = served.settings().url().orElseGet(() -> ownUrl(exchange));
    String text =
        "[annex]\n\tuuid = %s\n\turl = %s\n".formatted(quoted(served.uuid()), quoted(url));
    exchange.text(200, text);
  }

  /**
   * By which the client came. Without {@code /git-annex}: a client drops that only where nothing
   * stands before it, §1 row 10.
   */
  private static String ownUrl(Exchange exchange) {
    HostAndPort host = exchange.request().authority();
    if (host == null || !host.toString().matches("[A-Za-z0-9.:\\[\\]_-]{1,300}"))
      throw new GatewayError.Invalid("the Host header names no host");
    boolean tls = exchange.request().isSSL();
    int usual = tls ? 443 : 80; // of the request; 9417 is what annex+http means without a port
    int port = host.port() > 0 ? host.port() : usual;
    return "annex+%s://%s:%d%s"
        .formatted(tls ? "https" : "http", host.host(), port, exchange.site().basePath());
  }

  /** As git reads it: a {@code #} or {@code ;} would begin a comment. */
  private static String quoted(String value) {
    return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
