package dev.penstock.nbd;

import dev.penstock.nbd.handshake.Tls;
import dev.penstock.nbd.serve.Listener;
import dev.penstock.spi.module.ListenAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** What a client on this machine types to reach an export: the NBD project's "NBD URI" document. */
final class NbdUri {
  private static final int DEFAULT_PORT = 10809;

  private NbdUri() {}

  static String of(Listener listener, String export) {
    return listener
        .settings()
        .oldstyle()
        .map(_ -> of(listener.listensAt(), Tls.ABSENT, ""))
        .orElseGet(() -> of(listener.listensAt(), listener.settings().tls(), export));
  }

  static String of(ListenAddress address, Tls tls, String export) {
    String path = URLEncoder.encode(export, StandardCharsets.UTF_8).replace("+", "%20");
    String scheme = tls == Tls.REQUIRED ? "nbds" : "nbd";
    return switch (address) {
      case ListenAddress.Tcp tcp ->
          "%s://%s%s/%s"
              .formatted(
                  scheme, host(tcp), tcp.port() == DEFAULT_PORT ? "" : ":" + tcp.port(), path);
      case ListenAddress.Unix unix ->
          "'%s+unix:///%s?socket=%s'".formatted(scheme, path, unix.path());
      case ListenAddress.Systemd systemd ->
          throw new IllegalStateException(systemd + " is bound to an address");
    };
  }

  private static String host(ListenAddress.Tcp tcp) {
    return switch (tcp.host()) {
      case "127.0.0.1", "::1", "0.0.0.0", "::" -> "localhost";
      case String other -> other.contains(":") ? "[" + other + "]" : other;
    };
  }
}
