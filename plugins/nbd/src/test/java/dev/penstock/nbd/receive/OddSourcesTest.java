package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Sources that close, ask or write what no source does are survived, and can come again. Numbers
 * are those of flexnbd's own scenarios and of its defects.
 */
@Timeout(60)
class OddSourcesTest extends Receiving {
  /** 19. */
  @Test
  void oneThatReadsNoHelloIsSurvived() throws IOException {
    new FlexnbdSource(there.port).close();
    expects();
    moves();
  }

  /** 20. A stop as by SIGTERM. */
  @Test
  void aStopAfterTheHelloCompletesNothing() throws IOException {
    try (var source = source()) {
      there.restart();
      assertThat(source.isClosed()).isTrue();
    }
    expects();
    moves();
  }

  /** 21. */
  @Test
  void oneThatClosesAfterTheHelloIsSurvived() throws IOException {
    source().close();
    expects();
    moves();
  }

  /** 22. */
  @Test
  void oneThatTakesAFewBytesOfAReadIsSurvived() throws IOException {
    try (var source = source()) {
      source.header(Command.READ, 0, 1 << 20);
      source.in.readNBytes(20);
    }
    expects();
    moves();
  }

  /** 23. */
  @Test
  void aSecondOneIsClosedWithoutAHello() throws IOException {
    try (var first = source()) {
      try (var second = new FlexnbdSource(there.port)) {
        assertThat(second.isClosed()).isTrue();
      }
      assertThat(first.write(0, new byte[] {1})).as("the first goes on").isZero();
    }
    expects();
    moves();
  }

  /** 24. */
  @Test
  void aStrangerIsClosedWithoutAHello() throws IOException {
    try (var stranger = new FlexnbdSource(there.port, "127.0.0.2")) {
      assertThat(stranger.isClosed()).isTrue();
    }
    assertThat(there.host.metrics().counted("nbd_receive_refused", "volume", "vm")).isEqualTo(1);
    moves();
  }

  /** 25; E4: a range whose end wraps around is past the end as well. */
  @Test
  void aWritePastTheEndIsAnErrorAndTheNextOneWorks() throws IOException {
    try (var source = source()) {
      assertThat(source.write(SIZE_BYTES, new byte[512])).isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(source.write(-512, new byte[1024])).isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(source.write(0, new byte[512])).isZero();
      source.header(Command.DISC, SIZE_BYTES, 1);
      assertThat(source.reply()).as("even this").isEqualTo(ErrorNumber.ENOSPC.code());
    }
    expects();
  }

  /** 26; E13: what was half sent holds nobody up. */
  @Test
  void oneThatClosesAfterAHeaderCanComeAgain() throws IOException {
    try (var source = source()) {
      source.header(Command.WRITE, 0, 4096);
      source.out.write(new byte[100]);
    }
    expects();
    moves();
  }

  /** 27. */
  @Test
  void oneThatClosesBeforeTheReplyCanComeAgain() throws IOException {
    try (var source = source()) {
      source.header(Command.WRITE, 0, 4096);
      source.out.write(new byte[4096]);
    }
    expects();
    moves();
  }

  /** 13. */
  @Test
  void anUnknownCommandLeavesTheConnectionUsable() throws IOException {
    try (var source = source()) {
      source.header(Command.TRIM, 0, 512);
      assertThat(source.reply()).isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(source.flush()).isZero();
      assertThat(source.read(0, 512)).isEqualTo(new byte[512]);
    }
  }

  /** E1. */
  @Test
  void aPoliteDisconnectCompletesNothing() throws IOException {
    try (var source = source()) {
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    expects();
    try (var source = source()) {
      source.write(0, ALL, 0, SIZE_BYTES - 512);
      source.disconnect();
      assertThat(source.isClosed()).isTrue();
    }
    expects();
    assertThat(
            there.host.events().all(ReceiveObserver.ENDED).stream()
                .map(event -> event.details().get("why")))
        .contains("it disconnected, and 512 bytes were never written");
  }

  /** E1: and neither does what is no request. */
  @Test
  void aWrongMagicIsAnsweredAndCompletesNothing() throws IOException {
    try (var source = source()) {
      source.writeAll(ALL);
      source.header(0x12345678, Command.DISC.code(), 0, 0);
      assertThat(source.reply()).isEqualTo(ErrorNumber.EBADMSG.code());
      assertThat(source.isClosed()).isTrue();
    }
    there.awaitState("received");
    moves();
  }

  @Test
  void aWriteThatIsLongerIsAnsweredAndTheConnectionEnds() throws IOException {
    try (var source = source()) {
      source.header(Command.WRITE, 0, 0xffff_ffffL);
      assertThat(source.reply()).isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(source.isClosed()).isTrue();
    }
    moves();
  }

  /** E5. */
  @Test
  void oneThatLeavesWhileItsRefusedBytesAreDrainedIsGone() throws IOException {
    try (var source = source()) {
      source.header(Command.WRITE, SIZE_BYTES, 1 << 20);
      source.out.write(new byte[1000]);
    }
    expects();
    moves();
  }
}
