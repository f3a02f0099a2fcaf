package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ServedExports;
import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ClientBytes;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpeningTest {
  private final Budget budget = new Budget(0);
  private final ScarceMemory memory = new ScarceMemory();

  @Test
  void whatBreaksWhileAnOptionIsAnsweredCostsTheConnectionAndNoBuffer() {
    var connection =
        new Connection(
            1,
            "peer",
            Peer.LOCAL,
            new InClear(),
            Instant.EPOCH,
            new Surroundings(
                _ -> new Broken(), () -> Limits.DEFAULTS, budget, new SilentObserver(), () -> 0));
    var channel = new EmbeddedChannel(connection.handler());
    channel.config().setAllocator(memory);

    channel.writeInbound(new ClientBytes().fixedNoZeroes().go("demo").toBuffer());

    assertThat(connection.ended().isComplete()).isTrue();
    channel.finishAndReleaseAll();
    assertThat(memory.usedBytes()).isZero();
  }

  private static final class Broken implements ServedExports.Visit {
    @Override
    public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
      throw new IllegalStateException("says the test");
    }

    @Override
    public Listing list(Peer peer) {
      return Listing.of(List.of());
    }

    @Override
    public Optional<ServedExports.Attachment> attach(String askedFor, Peer peer) {
      return Optional.empty();
    }

    @Override
    public void end() {}
  }
}
