package dev.penstock.p2p.remote;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a server is.
 *
 * @param path before {@code /git-annex/UUID}, without a slash at its end
 */
record RemoteUrl(boolean secure, String host, int port, String path) {
  /** Of both schemes that git-annex has for it. */
  private static final int PORT = 9417;

  /** Empty if it is none that git-annex or a browser would take. */
  static Optional<RemoteUrl> parse(String text) {
    try {
      var uri = new URI(text);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      int otherwise =
          switch (scheme) {
            case "annex+http", "annex+https" -> PORT;
            case "http" -> 80;
            case "https" -> 443;
            default -> 0;
          };
      boolean plain =
          uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getUserInfo() == null;
      if (otherwise == 0 || uri.getHost() == null || !plain) return Optional.empty();
      int port = uri.getPort() < 0 ? otherwise : uri.getPort();
      String host = uri.getHost().replaceAll("[\\[\\]]", "");
      return Optional.of(
          new RemoteUrl(scheme.endsWith("https"), host, port, path(uri.getRawPath())));
    } catch (URISyntaxException _) {
      return Optional.empty();
    }
  }

  /** {@code /git-annex} is left out where it is all there is, as git-annex's own client does. */
  private static String path(String raw) {
    String bare = raw.replaceAll("/+$", "");
    return bare.equals("/git-annex") ? "" : bare;
  }

  @Override
  public String toString() {
    return "http%s://%s:%d%s".formatted(secure ? "s" : "", host, port, path);
  }
}
