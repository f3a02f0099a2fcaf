package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.config.AdminSocket;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where the gateway is, and who we are to it: options first, then the environment. */
final class Reach {
  static final String URL_VARIABLE = "PENSTOCK_URL";
  static final String TOKEN_VARIABLE = "PENSTOCK_TOKEN";

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      scope = ScopeType.INHERIT,
      description = "Admin socket of the gateway. Environment: PENSTOCK_SOCKET.")
  private @Nullable Path socket;

  @Option(
      names = "--url",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description = "Admin API over TCP: https://host:7070. Environment: PENSTOCK_URL.")
  private @Nullable String url;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      scope = ScopeType.INHERIT,
      description =
          "Token for --url; other users of this machine can see it here. Environment:"
              + " PENSTOCK_TOKEN.")
  private @Nullable String token;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "File that holds the token.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Authority that signed the gateway's certificate (PEM).")
  private @Nullable Path authority;

  /** Where to connect to. */
  sealed interface Target {
    record Unix(Path path) implements Target {
      @Override
      public String toString() {
        return path.toString();
      }
    }

    record Tcp(URI url, Optional<String> token, Optional<Path> authority) implements Target {
      boolean tls() {
        return url.getScheme().equals("https");
      }

      int port() {
        if (url.getPort() >= 0) return url.getPort();
        return tls() ? 443 : 80;
      }

      @Override
      public String toString() {
        return url.toString(); // and never the token
      }
    }
  }

  Target target(Map<String, String> environment) {
    Optional<String> named = Optional.ofNullable(url);
    if (named.isEmpty() && socket == null) named = variable(environment, URL_VARIABLE);
    if (named.isPresent() && socket != null)
      throw new Failure(ExitCode.USAGE, "--socket and --url are two ways to one gateway: give one");
    if (named.isEmpty())
      return new Target.Unix(socket != null ? socket : AdminSocket.standard(environment));
    return new Target.Tcp(parsed(named.get()), token(environment), Optional.ofNullable(authority));
  }

  private Optional<String> token(Map<String, String> environment) {
    if (token != null) return Optional.of(token);
    if (tokenFile == null) return variable(environment, TOKEN_VARIABLE);
    try {
      return Optional.of(Files.readString(tokenFile).strip());
    } catch (IOException e) {
      throw new Failure(ExitCode.USAGE, "the token file " + tokenFile + " cannot be read");
    }
  }

  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  private static URI parsed(String text) {
    try {
      URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      boolean plain = url.getPath().isEmpty() && url.getQuery() == null;
      if (http && plain && url.getHost() != null) return url;
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new Failure(
        ExitCode.USAGE, "\"" + text + "\" is no URL of a gateway; write https://host:7070");
  }
}
