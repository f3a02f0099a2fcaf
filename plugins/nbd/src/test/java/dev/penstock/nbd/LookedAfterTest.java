package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.handshake.Tls;
import dev.penstock.nbd.serve.ConnectionBook;
import dev.penstock.nbd.serve.Listener;
import dev.penstock.nbd.serve.NbdServing;
import dev.penstock.nbd.transmit.AtOnce;
import dev.penstock.nbd.transmit.ConnectionInfo;
import dev.penstock.nbd.transmit.OneExport;
import dev.penstock.nbd.transmit.SilentObserver;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.VolumeGate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timer that looks at all connections of an event loop, when one of them is beyond help. */
@Timeout(20)
class LookedAfterTest {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final VolumeGate gate =
      new VolumeGate("the test", vertx, new AtOnce(MemoryVolume.named("demo", 4096)));
  private final Limits limits =
      Limits.DEFAULTS.patched(new JsonObject().put("store", "100ms"), Limits.DEFAULTS);
  private final Budget budget = new Budget(limits.totalBytes());
  private final NbdServing serving =
      new NbdServing(
          vertx,
          InstantSource.system(),
          new ConnectionBook(() -> 10),
          new Surroundings(
              OneExport.of(gate, budget), () -> limits, budget, new Exhausted(), System::nanoTime),
          (_, _, _) -> {});
  private final ListenAddress address = new ListenAddress.Tcp("127.0.0.1", 0);
  private final Listener listener =
      new Listener(
          new ListenSettings(address, Tls.ABSENT, SocketAccess.OWNER_ALONE, Optional.empty()),
          new FakeListeners().claim(address).result(),
          Optional.empty());

  /** Memory runs out with the first connection that it hears of, every time. */
  private static final class Exhausted extends SilentObserver {
    private OptionalLong first = OptionalLong.empty();

    @Override
    public void storeSilent(ConnectionInfo connection, Command command, String detail) {
      if (first.isEmpty()) first = OptionalLong.of(connection.id());
      if (first.getAsLong() == connection.id()) throw new OutOfMemoryError("says the test");
    }
  }

  @BeforeEach
  void listen() {
    TestServer.await(
        Future.<Void>future(done ->
            vertx.runOnContext(_ ->
                serving.start().compose(_ -> listener.open(List.of(serving))).onComplete(done))));
  }

  @AfterEach
  void stop() {
    TestServer.await(gate.thaw());
    TestServer.await(listener.close());
    TestServer.await(serving.stop());
    TestServer.await(vertx.close());
  }

  @Test
  void oneThatMemoryRunsOutForIsEndedAndTheOthersAreLookedAt() {
    TestServer.await(gate.freeze(Duration.ofMinutes(1)));
    try (var one = connect();
        var other = connect()) {
      List<RawClient> both = List.of(one, other);
      both.forEach(client -> client.send(new ClientBytes().write(7, 0, new byte[1])));

      assertThat(both.stream().map(LookedAfterTest::error))
          .containsExactlyInAnyOrder(Optional.empty(), Optional.of(ErrorNumber.EIO.code()));
    }
  }

  /** What it is answered; nothing if it is closed instead. */
  private static Optional<Integer> error(RawClient client) {
    try {
      return Optional.of(client.reply().error());
    } catch (AssertionError _) {
      return Optional.empty();
    }
  }

  private RawClient connect() {
    var at = (ListenAddress.Tcp) listener.listensAt();
    return RawClient.to(new InetSocketAddress(at.host(), at.port())).exportName("demo");
  }
}
