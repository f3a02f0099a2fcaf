package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Volume;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of a volume that was moved to where nobody can be led on to. */
@Timeout(60)
class DismissedTest {
  private static final String WHY = "volume demo was moved to nbd://there: connect there";
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MemoryVolume demo = MemoryVolume.named("demo", 1 << 20);
  private final TestServer server = TestServer.of(demo);

  @AfterEach
  void stop() {
    server.close();
  }

  /** What is left of it. */
  private static final class Moved extends ForwardingVolume {
    Moved(Volume behind) {
      super(behind);
    }

    @Override
    protected void admit(boolean changes) {
      throw new AssertionError("asked for something that was moved");
    }

    @Override
    public Optional<String> ended() {
      return Optional.of(WHY);
    }

    @Override
    public void close() {}
  }

  private void retire() {
    var volumes = server.host().volumes();
    var user = volumes.userOf("demo");
    TestServer.await(user.freeze(LIMIT));
    TestServer.await(user.halt(LIMIT));
    TestServer.await(
        user.retire(volumes.openUnowned(new Moved(MemoryVolume.ofBytes(0)), Access.WRITE), LIMIT));
  }

  @Test
  void whatWasDoneIsAnsweredAndWhatWaitsIsNotAnsweredAtAll() {
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.write(0, "done".getBytes(UTF_8)).error()).isZero();
      var user = server.host().volumes().userOf("demo");
      TestServer.await(user.freeze(LIMIT));
      client.send(new ClientBytes().write(1, 0, "late".getBytes(UTF_8)));

      retire();

      assertThat(client.readToEnd()).as("closed without another byte").isZero();
    }
    assertThat(new String(demo.content(), 0, 4, UTF_8)).isEqualTo("done");
  }

  @Test
  void whoComesLaterIsToldWhereItIsAndTheVolumeIsUsedByNobody() {
    try (var _ = server.connect().exportName("demo")) {
      retire(); // who writes it
      retire(); // and the read-only export
    }
    assertThat(server.host().volumes().openNames()).isEmpty();
    try (var late = server.connect()) {
      late.send(new ClientBytes().fixedNoZeroes().go("demo"));
      late.read(8 + 4);
      assertThat(late.readInt()).isEqualTo(OptionError.UNKNOWN.code());
      assertThat(new String(late.read(late.readInt()), UTF_8)).isEqualTo("export demo: " + WHY);
    }
  }
}
