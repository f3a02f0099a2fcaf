package dev.penstock.gateway.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners.Claim;
import dev.penstock.spi.module.SocketAccess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("counts the descriptors of the whole JVM")
class HostListenersTest {
  @TempDir Path folder;
  private Vertx vertx = Vertx.vertx();

  @AfterEach
  void closeVertx() throws Exception {
    await(vertx.close());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aUnixSocketAppearsClosedToStrangersAndGoesWithACleanStop(boolean epoll) throws Exception {
    on(epoll);
    Claim claim = await(claim("a.sock"));
    NetServer server = serve(claim);

    assertThat(Files.getPosixFilePermissions(path("a.sock")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    await(
        vertx
            .createNetClient()
            .connect(SocketAddress.domainSocketAddress(path("a.sock").toString())));

    await(server.close());
    await(claim.release());
    assertThat(path("a.sock")).doesNotExist();
    assertThat(visible()).isEmpty();
  }

  @Test
  void aUnixSocketAppearsWithTheModeAndGroupThatWereAskedFor() throws Exception {
    String group = Files.readAttributes(folder, PosixFileAttributes.class).group().getName();
    Claim claim = await(claim("a.sock"));
    await(vertx.createNetServer().connectHandler(_ -> {}).listen(claim.bindTo()));
    await(
        claim.listening(
            new SocketAccess(
                SocketAccess.mode("0660").orElseThrow(), Optional.empty(), Optional.of(group))));

    assertThat(Files.getPosixFilePermissions(path("a.sock")))
        .isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
  }

  @Test
  void aSocketForAGroupThatThisMachineDoesNotKnowNeverAppears() throws Exception {
    Claim claim = await(claim("a.sock"));
    await(vertx.createNetServer().connectHandler(_ -> {}).listen(claim.bindTo()));
    var access =
        new SocketAccess(
            SocketAccess.mode("0660").orElseThrow(),
            Optional.empty(),
            Optional.of("no-such-group"));

    assertThatThrownBy(() -> await(claim.listening(access)))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("no-such-group");
    assertThat(path("a.sock")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSocketThatAKilledProcessLeftBehindIsReplaced(boolean epoll) throws Exception {
    on(epoll);
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path("a.sock")))
        .close();
    assertThat(path("a.sock")).exists();

    serve(await(claim("a.sock")));

    await(
        vertx
            .createNetClient()
            .connect(SocketAddress.domainSocketAddress(path("a.sock").toString())));
  }

  @Test
  void aSocketThatSomebodyAnswersOnStaysAndItsHolderIsNamed() throws Exception {
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(path("a.sock")));

      assertThatThrownBy(() -> await(claim("a.sock")))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
      assertThat(path("a.sock")).exists();
    }
  }

  @Test
  void aSecondClaimOfOnePathIsRefusedUntilTheFirstIsReleased() throws Exception {
    Claim first = await(claim("a.sock"));

    assertThatThrownBy(() -> await(claim("a.sock"))).isInstanceOf(GatewayError.Conflict.class);

    await(first.release());
    await(claim("a.sock"));
  }

  @Test
  void anInheritedSocketIsTakenOnceWhetherByItsNameOrByItsNumber() throws Exception {
    try (ServerSocket inherited = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int number = descriptorOf(inherited) - 3;
      var environment =
          Map.of(
              "LISTEN_PID",
              "7",
              "LISTEN_FDS",
              Integer.toString(number + 1),
              "LISTEN_FDNAMES",
              ":".repeat(number) + "nbd");
      var listeners = new HostListeners(vertx, InheritedSockets.of(environment, 7));
      var byName = new ListenAddress.Systemd("nbd");
      var byNumber = new ListenAddress.Systemd(Integer.toString(number));
      Claim claim = await(listeners.claim(byName));

      for (var again : List.of(byName, byNumber))
        assertThatThrownBy(() -> await(listeners.claim(again)))
            .isInstanceOf(GatewayError.Conflict.class)
            .hasMessageContaining(again.toString());
      await(claim.release());
      await(listeners.claim(byNumber));
      assertThatThrownBy(() -> await(listeners.claim(byName)))
          .isInstanceOf(GatewayError.Conflict.class);
    }
  }

  private static int descriptorOf(ServerSocket socket) throws IOException {
    var listens =
        Optional.of(
            new ListenAddress.Tcp(socket.getInetAddress().getHostAddress(), socket.getLocalPort()));
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(path -> Integer.parseInt(path.getFileName().toString()))
          .filter(descriptor -> ListeningSocket.of(descriptor).equals(listens))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void aFileThatIsNoSocketIsLeftAlone() throws Exception {
    Files.writeString(path("a.sock"), "precious");

    assertThatThrownBy(() -> await(claim("a.sock")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("no socket");
    assertThat(path("a.sock")).hasContent("precious");
  }

  @Test
  void releasingDoesNotRemoveASocketThatTookOurPlace() throws Exception {
    Claim claim = await(claim("a.sock"));
    NetServer server = serve(claim);
    await(server.close());
    Files.delete(path("a.sock"));
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(path("a.sock")));

      await(claim.release());

      assertThat(path("a.sock")).exists();
    }
  }

  @Test
  void aPathThatIsTooLongForASocketIsRefused() {
    assertThatThrownBy(() -> await(claim("a".repeat(100))))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("at most 90");
  }

  @Test
  void aPortInUseNamesItsHolder() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Claim claim =
          await(
              new HostListeners(vertx)
                  .claim(new ListenAddress.Tcp("127.0.0.1", other.getLocalPort())));

      assertThatThrownBy(() ->
              await(
                  vertx
                      .createNetServer()
                      .connectHandler(_ -> {})
                      .listen(claim.bindTo())
                      .recover(e -> Future.failedFuture(claim.refused(e)))))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
    }
  }

  @Test
  void aPortIsClaimedOnceWithinAGateway() throws Exception {
    HostListeners listeners = new HostListeners(vertx);
    ListenAddress.Tcp port = new ListenAddress.Tcp("127.0.0.1", 10809);
    Claim first = await(listeners.claim(port));

    assertThatThrownBy(() -> await(listeners.claim(port)))
        .isInstanceOf(GatewayError.Conflict.class);

    await(first.release());
    await(listeners.claim(port));
  }

  @Test
  void whatAModuleLeftTakenIsFreeForItsNextLife() throws Exception {
    var host = new HostListeners(vertx);
    var port = new ListenAddress.Tcp("127.0.0.1", 1);
    var module = new OwnedListeners(host);
    Claim left = await(module.claim(port));

    await(module.releaseAll());

    Claim next = await(new OwnedListeners(host).claim(port));
    await(left.release());
    assertThatThrownBy(() -> await(host.claim(port))).isInstanceOf(GatewayError.Conflict.class);
    await(next.release());
    assertThatThrownBy(() -> await(module.claim(port))).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void aSocketHasOneOwnerUnderWhateverNameItsFolderIsReached() throws Exception {
    Path same = Files.createSymbolicLink(folder.resolve("same"), Files.createDirectory(path("d")));
    var host = new HostListeners(vertx);
    await(host.claim(new ListenAddress.Unix(path("d").resolve("a.sock"))));

    assertThatThrownBy(() -> await(host.claim(new ListenAddress.Unix(same.resolve("a.sock")))))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  private void on(boolean epoll) throws Exception {
    await(vertx.close());
    vertx = epoll ? Vertx.builder().withTransport(Transport.EPOLL).build() : Vertx.vertx();
  }

  private Future<Claim> claim(String name) {
    return new HostListeners(vertx).claim(new ListenAddress.Unix(path(name)));
  }

  private NetServer serve(Claim claim) throws Exception {
    NetServer server =
        await(vertx.createNetServer().connectHandler(_ -> {}).listen(claim.bindTo()));
    await(claim.listening());
    return server;
  }

  private Path path(String name) {
    return folder.resolve(name);
  }

  private java.util.List<Path> visible() throws Exception {
    try (var files = Files.list(folder)) {
      return files.filter(f -> !f.getFileName().toString().endsWith(".lock")).toList();
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof Exception cause) throw cause;
      throw e;
    }
  }
}
