package dev.penstock.spi.module;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a server listens, as operators write it: {@code tcp://127.0.0.1:10809}, {@code
 * tcp://[::1]:0}, {@code unix:/run/penstock/nbd.sock}, {@code systemd:nbd}.
 *
 * @since SPI 1.0
 */
public sealed interface ListenAddress {
  /**
   * @param host a name or address, without brackets
   * @param port 0 for any that is free
   */
  record Tcp(String host, int port) implements ListenAddress {
    /** Whether only this machine can reach it. */
    public boolean isLoopback() {
      return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
    }

    @Override
    public String toString() {
      return "tcp://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, port);
    }
  }

  /** A unix socket: reached by whoever may write to the file. */
  record Unix(Path path) implements ListenAddress {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * A socket that whoever started the gateway has bound and listens on: systemd's socket
   * activation.
   *
   * @param name the socket's {@code FileDescriptorName}, or which one it is of all, from 0
   */
  record Systemd(String name) implements ListenAddress {
    @Override
    public String toString() {
      return "systemd:" + name;
    }
  }

  /** What an address looks like, for messages. */
  String EXAMPLES = "tcp://127.0.0.1:10809, unix:/run/penstock/nbd.sock or systemd:nbd";

  /**
   * The longest path that fits Linux's {@code sun_path}, with its closing zero and room for a name
   * to bind before it is published.
   */
  int UNIX_PATH_BYTES_MAX = 90;

  /**
   * Reads an address.
   *
   * @param folder where a relative path begins: {@link dev.penstock.spi.config.Mark#folder}
   * @return empty if it is none
   */
  static Optional<ListenAddress> parse(String text, Path folder) {
    if (text.startsWith("unix:")) {
      String path = text.substring("unix:".length());
      return path.isEmpty() || path.indexOf('\0') >= 0
          ? Optional.empty()
          : Optional.of(new Unix(folder.resolve(path)));
    }
    if (text.startsWith("systemd:")) {
      String name = text.substring("systemd:".length());
      return name.matches("[\\x21-\\x7e&&[^:]]{1,255}") // systemd.socket(5), FileDescriptorName=
          ? Optional.of(new Systemd(name))
          : Optional.empty();
    }
    if (!text.startsWith("tcp://")) return Optional.empty();
    String rest = text.substring("tcp://".length());
    int colon = rest.lastIndexOf(':');
    if (colon <= 0 || !rest.substring(colon + 1).matches("\\d{1,5}")) return Optional.empty();
    int port = Integer.parseInt(rest.substring(colon + 1));
    String host = rest.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) host = host.substring(1, host.length() - 1);
    if (port > 65535 || host.isBlank() || (host.contains(":") && !bracketed))
      return Optional.empty();
    return Optional.of(new Tcp(host, port));
  }
}
