package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ExportClient;
import dev.penstock.nbd.export.ServedExports;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ClientBytes;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
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
                new Broken(), () -> Limits.DEFAULTS, budget, new SilentObserver(), () -> 0));
    var channel = new EmbeddedChannel(connection.handler());
    channel.config().setAllocator(memory);

    channel.writeInbound(new ClientBytes().fixedNoZeroes().go("demo").toBuffer());

    assertThat(connection.ended().isComplete()).isTrue();
    channel.finishAndReleaseAll();
    assertThat(memory.usedBytes()).isZero();
  }

  private static final class Broken implements ServedExports {
    @Override
    public Lookup find(String name, Peer peer) {
      throw new IllegalStateException("says the test");
    }

    @Override
    public Iterator<ExportOffer> list(Peer peer) {
      return Collections.emptyIterator();
    }

    @Override
    public Optional<Attachment> attach(String askedFor, Peer peer, ExportClient client) {
      return Optional.empty();
    }
  }
}
