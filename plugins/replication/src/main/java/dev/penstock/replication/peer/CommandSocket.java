package dev.penstock.replication.peer;

import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A socket behind which every connection is a process: {@code ssh host penstock stdio --as laptop}.
 * So a peer where no port may be opened is reached as any other is.
 *
 * <p><b>Lifecycle.</b> {@link #open}; {@link #close} ends the processes with their connections.
 * <b>Threads.</b> The module's context.
 */
public final class CommandSocket {
  private final Vertx vertx;
  private final Children children;
  private final List<String> command;
  private final NetServer server;
  private Optional<Path> folder = Optional.empty();
  private volatile Optional<String> trouble = Optional.empty();

  public CommandSocket(Vertx vertx, Children children, List<String> command) {
    this.vertx = vertx;
    this.children = children;
    this.command = List.copyOf(command);
    this.server = vertx.createNetServer().connectHandler(this::connected);
  }

  /** In a folder that only the gateway's user can look into. */
  public Future<SocketAddress> open() {
    return vertx
        .executeBlocking(() -> Files.createTempDirectory("penstock-peer-"), false)
        .map(Objects::requireNonNull)
        .compose(made -> {
          folder = Optional.of(made);
          var address = SocketAddress.domainSocketAddress(made.resolve("socket").toString());
          return server.listen(address).map(address);
        });
  }

  private void connected(NetSocket socket) {
    socket.pause();
    children
        .start(command)
        .onFailure(why -> {
          trouble = Optional.of(String.valueOf(why.getMessage()));
          socket.close();
        })
        .onSuccess(child -> join(socket, child));
  }

  private void join(NetSocket socket, Child child) {
    child
        .exited()
        .onSuccess(exit -> {
          trouble =
              exit.code() == 0 && exit.said().isEmpty()
                  ? Optional.empty()
                  : Optional.of(
                      "%s ended with %d: %s"
                          .formatted(command.getFirst(), exit.code(), exit.said()));
          socket.close();
        });
    socket.closeHandler(_ -> child.kill());
    child.stdout().pipeTo(socket).onFailure(_ -> socket.close());
    socket.pipeTo(child.stdin()).onFailure(_ -> child.kill());
  }

  /** What the last process had to say that did not end well. */
  public Optional<String> trouble() {
    return trouble;
  }

  public Future<Void> close() {
    return server
        .close()
        .eventually(() ->
            vertx.executeBlocking(
                () -> {
                  folder.ifPresent(CommandSocket::remove);
                  return Optional.empty();
                },
                false));
  }

  private static void remove(Path made) {
    try {
      Files.deleteIfExists(made.resolve("socket"));
      Files.deleteIfExists(made);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
