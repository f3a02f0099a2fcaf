package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.ownership.Ownership;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** A source of flexnbd moves a volume to us. */
abstract class Receiving {
  static final int SIZE_BYTES = (3 << 20) + 512;
  static final byte[] ALL = new byte[SIZE_BYTES];

  static {
    new Random(6).nextBytes(ALL);
  }

  final ReceivingHost there = ReceivingHost.of(SIZE_BYTES);

  @AfterEach
  void stop() {
    there.close();
  }

  FlexnbdSource source() throws IOException {
    return FlexnbdSource.letIn(there.port);
  }

  /** Someone comes, writes everything and says so: the next one always can. */
  void moves() throws IOException {
    try (var source = source()) {
      source.writeAll(ALL);
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    assertThat(there.record().phase()).isInstanceOf(Ownership.Owner.class);
    assertThat(there.volume().content()).isEqualTo(ALL);
  }

  void expects() {
    there.awaitState("expected");
    assertThat(there.record().phase()).isInstanceOf(Ownership.Receiving.class);
  }
}
