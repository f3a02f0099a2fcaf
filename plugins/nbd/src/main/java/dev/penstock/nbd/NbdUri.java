package dev.penstock.nbd;

import dev.penstock.spi.module.ListenAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** What a client on this machine types to reach an export: the NBD project's "NBD URI" document. */
final class NbdUri {
  private static final int DEFAULT_PORT = 10809;

  private NbdUri() {}

  static String of(ListenAddress address, String export) {
    String path = URLEncoder.encode(export, StandardCharsets.UTF_8).replace("+", "%20");
    return switch (address) {
      case ListenAddress.Tcp tcp ->
          "nbd://%s%s/%s"
              .formatted(host(tcp), tcp.port() == DEFAULT_PORT ? "" : ":" + tcp.port(), path);
      case ListenAddress.Unix unix -> "'nbd+unix:///%s?socket=%s'".formatted(path, unix.path());
    };
  }

  private static String host(ListenAddress.Tcp tcp) {
    return switch (tcp.host()) {
      case "127.0.0.1", "::1", "0.0.0.0", "::" -> "localhost";
      case String other -> other.contains(":") ? "[" + other + "]" : other;
    };
  }
}
