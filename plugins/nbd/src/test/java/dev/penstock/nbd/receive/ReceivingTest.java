package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.Faults.Call;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A move is received, durable and served, and ends only when all is there. Numbers are those of
 * flexnbd's own scenarios and of its defects.
 */
@Timeout(60)
class ReceivingTest extends Receiving {
  /** 28. */
  @Test
  void aStraightMoveIsOwnedHereAndDurable() throws IOException {
    moves();
    assertThat(there.state()).isEqualTo("owned");
    assertThat(there.volume().afterPowerCut()).isEqualTo(ALL);
  }

  @Test
  void theHelloIsFlexnbds() throws IOException {
    try (var source = new FlexnbdSource(there.port)) {
      ByteBuffer hello = ByteBuffer.wrap(source.hello());
      assertThat(hello.getLong()).isEqualTo(Wire.NBDMAGIC);
      assertThat(hello.getLong()).isEqualTo(0x0000420281861253L);
      assertThat(hello.getLong()).isEqualTo(SIZE_BYTES);
      assertThat(hello.getInt()).isEqualTo(13);
      assertThat(hello.slice()).isEqualTo(ByteBuffer.allocate(124));
    }
  }

  @Test
  void whatWasReceivedIsServedAtTheSameAddress() throws IOException {
    moves();
    there.tellOwnership();
    await()
        .untilAsserted(() -> {
          try (var client = new FlexnbdSource(there.port)) {
            assertThat(client.hello()).hasSize(FlexnbdSource.HELLO_BYTES);
            assertThat(client.read(512, 4096))
                .isEqualTo(java.util.Arrays.copyOfRange(ALL, 512, 4608));
          }
        });
    assertThat(there.host.events().all("nbd.listening")).as("bound once each").hasSize(2);
  }

  @Test
  void whatOneWroteDoesNotCountForTheNext() throws IOException {
    try (var source = source()) {
      source.write(0, ALL, 0, 2 << 20);
    }
    expects();
    try (var source = source()) {
      source.write(2 << 20, ALL, 2 << 20, SIZE_BYTES - (2 << 20));
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    expects();
  }

  @Test
  void overlapsAndRepeatsInAnyOrderCountOnce() throws IOException {
    try (var source = source()) {
      int half = SIZE_BYTES / 2 / 512 * 512;
      source.write(half, ALL, half, SIZE_BYTES - half);
      source.write(half, ALL, half, 4096);
      assertThat(there.reception().getLong("missing_bytes")).isEqualTo(half);
      source.write(0, ALL, 0, half + 4096);
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    assertThat(there.record().phase()).isInstanceOf(Ownership.Owner.class);
    assertThat(there.volume().content()).isEqualTo(ALL);
  }

  @Test
  void everyByteWithoutTheDisconnectMessageIsReceivedAlsoAfterARestart() throws IOException {
    try (var source = source()) {
      source.writeAll(ALL);
    }
    there.awaitState("received");
    assertThat(there.record().phase())
        .isInstanceOfSatisfying(
            Ownership.Prepared.class,
            prepared -> assertThat(prepared.from().peer()).isEqualTo("flexnbd:127.0.0.1"));

    there.restart();

    assertThat(there.state()).isEqualTo("received");
  }

  /** A look is no write. */
  @Test
  void oneThatOnlyLooksTakesNothingFromWhatWasReceived() throws IOException {
    try (var source = source()) {
      source.writeAll(ALL);
    }
    there.awaitState("received");
    try (var source = source()) {
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    await().until(() -> there.reception().getString("source", "").isEmpty());
    assertThat(there.state()).isEqualTo("received");
  }

  /** What was complete is not, once somebody writes again. */
  @Test
  void aSourceThatComesBackStartsAgain() throws IOException {
    try (var source = source()) {
      source.writeAll(ALL);
    }
    there.awaitState("received");
    try (var source = source()) {
      source.write(0, new byte[512]);
      assertThat(there.record().phase()).isInstanceOf(Ownership.Receiving.class);
    }
    expects();
    moves();
  }

  @Test
  void aRestartAfterAMoveServesAndReceivesNothing() throws IOException {
    moves();
    there.restart();
    assertThat(there.state()).isEqualTo("owned");
    assertThat(there.volume().content()).isEqualTo(ALL);
  }

  @Test
  void aWriteIsDurableBeforeItIsAnswered() throws IOException {
    try (var source = source()) {
      assertThat(source.write(4096, ALL, 0, 4096)).isZero();
      assertThat(java.util.Arrays.copyOfRange(there.volume().afterPowerCut(), 4096, 8192))
          .isEqualTo(java.util.Arrays.copyOf(ALL, 4096));
    }
  }

  /** 14, the other way round: many that wait share one sync. */
  @Test
  void requestsThatComeTogetherShareASync() throws IOException {
    try (var source = source()) {
      source.write(0, new byte[512]);
      var faults = there.volume().faults();
      try (var held = faults.hold(Call.FLUSH)) {
        source.header(Command.WRITE, 0, 512);
        source.out.write(new byte[512]);
        held.awaitHeld(1);
        for (int i = 0; i < 50; i++) {
          source.header(Command.WRITE, 512L * i, 512);
          source.out.write(ALL, 512 * i, 512);
        }
      }
      for (int i = 0; i < 51; i++) assertThat(source.reply()).isZero();
      assertThat(faults.begun(Call.FLUSH)).isLessThan(40);
    }
  }

  /** E12. */
  @Test
  void aStoreThatIsFullIsSaidToBe() throws IOException {
    try (var source = source()) {
      source.write(0, new byte[512]);
      there.volume().faults().failAll(Call.WRITE, () -> new GatewayError.NoSpace("full"));
      assertThat(source.write(0, ALL, 0, 4096)).isEqualTo(ErrorNumber.ENOSPC.code());
      there.volume().faults().heal();
      assertThat(source.write(0, ALL, 0, 4096)).as("when there is room again").isZero();
    }
  }

  @Test
  void whatCouldNotBeMadeDurableDoesNotCount() throws IOException {
    try (var source = source()) {
      source.write(0, new byte[512]);
      there
          .volume()
          .faults()
          .failNext(1, Call.FLUSH, () -> new GatewayError.Failed(GatewayError.Scope.REQUEST, "io"));
      assertThat(source.write(512, ALL, 512, SIZE_BYTES - 512)).isEqualTo(ErrorNumber.EIO.code());
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    expects();
  }

  /** 8. */
  @Test
  void aWriteOf256MiBStreamsThrough() throws IOException {
    int large = 256 << 20;
    try (var wide = ReceivingHost.of(large);
        var source = FlexnbdSource.letIn(wide.port)) {
      source.header(Command.WRITE, 0, large);
      byte[] part = new byte[1 << 20];
      for (int i = 0; i < 256; i++) source.out.write(part);
      assertThat(source.reply()).isZero();
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
      assertThat(wide.record().phase()).isInstanceOf(Ownership.Owner.class);
    }
  }

  @Test
  void anAddressInUseIsNamed() throws IOException {
    try (var other = new ReceivingHost(512, "127.0.0.1", there.port)) {
      assertThatThrownBy(other::started).hasStackTraceContaining("tcp://127.0.0.1:" + there.port);
    }
  }
}
