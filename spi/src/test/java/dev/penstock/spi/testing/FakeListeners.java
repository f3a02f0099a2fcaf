package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.InheritedSocket;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.module.SocketAccess;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Hands out addresses without asking who else is on the machine. Threads: any. */
public final class FakeListeners implements Listeners {
  private final Set<ListenAddress> claimed = ConcurrentHashMap.newKeySet();

  private final Map<ListenAddress.Systemd, InheritedSocket> inherited = new ConcurrentHashMap<>();

  /** Lets a claim of this address be answered with a socket that listens already. */
  public void inherit(ListenAddress.Systemd address, InheritedSocket socket) {
    inherited.put(address, socket);
  }

  @Override
  public Future<Claim> claim(ListenAddress address) {
    boolean anyPort = address instanceof ListenAddress.Tcp(String _, int port) && port == 0;
    if (!anyPort && claimed.contains(address))
      return Future.failedFuture(
          new GatewayError.Conflict(address + " is taken by this module already"));
    FakeClaim claim = new FakeClaim(address);
    claimed.add(address);
    return Future.succeededFuture(claim);
  }

  /** What is claimed and was not released. */
  public List<ListenAddress> claimed() {
    return List.copyOf(claimed);
  }

  private final class FakeClaim implements Claim {
    private final ListenAddress address;

    private FakeClaim(ListenAddress address) {
      this.address = address;
    }

    @Override
    public ListenAddress address() {
      return address;
    }

    @Override
    public SocketAddress bindTo() {
      return switch (address) {
        case ListenAddress.Tcp(String host, int port) ->
            SocketAddress.inetSocketAddress(port, host);
        case ListenAddress.Unix(Path path) ->
            SocketAddress.domainSocketAddress(unpublished(path).toString());
        case ListenAddress.Systemd systemd ->
            throw new IllegalStateException(systemd + " is bound already");
      };
    }

    @Override
    public Optional<InheritedSocket> inherited() {
      return address instanceof ListenAddress.Systemd systemd
          ? Optional.ofNullable(inherited.get(systemd))
          : Optional.empty();
    }

    @Override
    public Future<Void> listening(SocketAccess access) {
      if (address instanceof ListenAddress.Unix(Path path)) publish(path, access);
      return Future.succeededFuture();
    }

    private static void publish(Path path, SocketAccess access) {
      try {
        Files.setPosixFilePermissions(unpublished(path), access.mode());
        Files.move(unpublished(path), path, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public GatewayError refused(Throwable bindFailure) {
      return new GatewayError.Conflict("%s: %s".formatted(address, bindFailure.getMessage()));
    }

    @Override
    public Future<Void> release() {
      if (claimed.remove(address) && address instanceof ListenAddress.Unix(Path path)) delete(path);
      return Future.succeededFuture();
    }

    private static Path unpublished(Path path) {
      return path.resolveSibling(path.getFileName() + ".new");
    }

    private static void delete(Path path) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
