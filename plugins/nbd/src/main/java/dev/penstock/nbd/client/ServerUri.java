package dev.penstock.nbd.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.wire.Wire;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a server is, as the NBD project's "NBD URI" document writes it: {@code
 * nbd://host:port/export}, {@code nbds://…} with TLS, {@code nbd+unix:///export?socket=/path}.
 *
 * @param export the export's name; empty for the server's default
 * @param tls whether nothing but the greeting goes in clear
 */
public record ServerUri(Server server, String export, boolean tls) {
  /** Where the server listens. */
  public sealed interface Server {
    record Tcp(String host, int port) implements Server {}

    record Unix(Path path) implements Server {}
  }

  static final int DEFAULT_PORT = 10809;

  public static final String EXAMPLES =
      "nbd://host:10809/export or nbd+unix:///export?socket=/path";

  /**
   * Reads a URI.
   *
   * @param folder where the path of a socket begins, if it is relative
   * @return empty if it is none
   */
  public static Optional<ServerUri> parse(String text, Path folder) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException _) {
      return Optional.empty();
    }
    if (uri.getScheme() == null || uri.isOpaque() || uri.getFragment() != null)
      return Optional.empty();
    String path = uri.getPath() == null ? "" : uri.getPath();
    String export = path.startsWith("/") ? path.substring(1) : path;
    if (export.getBytes(UTF_8).length > Wire.STRING_BYTES_MAX || export.indexOf('\0') >= 0)
      return Optional.empty();
    return switch (uri.getScheme()) {
      case "nbd", "nbds" ->
          tcp(uri).map(server -> new ServerUri(server, export, uri.getScheme().equals("nbds")));
      case "nbd+unix", "nbds+unix" ->
          unix(uri, folder)
              .map(server -> new ServerUri(server, export, uri.getScheme().startsWith("nbds")));
      default -> Optional.empty();
    };
  }

  private static Optional<Server> tcp(URI uri) {
    if (uri.getHost() == null || uri.getRawQuery() != null || uri.getUserInfo() != null)
      return Optional.empty();
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    if (port < 1 || port > 65_535) return Optional.empty();
    String host = uri.getHost().toLowerCase(Locale.ROOT); // names know no case
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return Optional.of(
        new Server.Tcp(bracketed ? host.substring(1, host.length() - 1) : host, port));
  }

  private static Optional<Server> unix(URI uri, Path folder) {
    String query = uri.getRawQuery();
    if (uri.getAuthority() != null || query == null || !query.startsWith("socket=")) {
      return Optional.empty();
    }
    String path = URLDecoder.decode(query.substring("socket=".length()), UTF_8);
    if (path.isEmpty() || path.indexOf('\0') >= 0 || query.indexOf('&') >= 0)
      return Optional.empty();
    return Optional.of(new Server.Unix(folder.resolve(path)));
  }

  /** What TLS calls the server; empty if it has an address and no name. */
  public String nameForTls() {
    return switch (server) {
      case Server.Tcp(String host, _) -> host.contains(":") || host.matches("[0-9.]+") ? "" : host;
      case Server.Unix _ -> "";
    };
  }

  /** The same for every way of writing the same place. */
  @Override
  public String toString() {
    String name = URLEncoder.encode(export, UTF_8).replace("+", "%20");
    String scheme = tls ? "nbds" : "nbd";
    return switch (server) {
      case Server.Tcp(String host, int port) ->
          "%s://%s:%d/%s"
              .formatted(scheme, host.contains(":") ? "[" + host + "]" : host, port, name);
      case Server.Unix(Path path) -> "%s+unix:///%s?socket=%s".formatted(scheme, name, path);
    };
  }
}
