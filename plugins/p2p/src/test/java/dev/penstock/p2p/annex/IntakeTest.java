package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class IntakeTest {
  /** Takes far longer to hash than a test may take. */
  private static final long LARGE_BYTES = 1L << 40;

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Settled.settled(vertx.close());
  }

  private KeyStoreContext context() {
    return FakeKeyStoreContext.of("data", TestSettings.block("data", Map.of()), vertx);
  }

  @Test
  void whatIsGivenUpIsNotHashedToItsEnd() {
    RawPath path = RawPath.of(folder.resolve("partial"));
    try (OpenFile file = new LinuxDisk().open(path, Opening.EITHER).orElseThrow()) {
      file.write(ByteBuffer.wrap(new byte[1]), LARGE_BYTES - 1);
      var intake =
          new Intake(context(), new MemoryShares(0), Key.parse("SHA256--a"), file, LARGE_BYTES);

      Future<Void> rehash = intake.rehash();
      intake.giveUp();

      assertThat(Settled.failure(rehash)).isInstanceOf(GatewayError.Failed.class);
    }
  }

  @Test
  void withoutAShareItGoesOnInSmallBatches() {
    MemoryShares none = new MemoryShares(0);

    assertThat(taken(none, 3_000_000)).isEqualTo(3_000_000);
    assertThat(none.left()).isZero();
  }

  @Test
  void whatItTookOfTheSharesItGivesBack() {
    MemoryShares shares = new MemoryShares(2);

    assertThat(taken(shares, 3_000_000)).isEqualTo(3_000_000);
    assertThat(shares.left()).isEqualTo(2);
  }

  @Test
  void aWriteThatWaitsForRoomWhenItIsGivenUpTakesNothingMore() {
    MemoryShares none = new MemoryShares(0);
    RawPath path = RawPath.of(folder.resolve("partial"));
    try (OpenFile file = new LinuxDisk().open(path, Opening.EITHER).orElseThrow()) {
      var intake = new Intake(context(), none, Key.parse("WORM--a"), file, 0);
      Promise<Void> written = Promise.promise();
      vertx
          .getOrCreateContext()
          .runOnContext(_ -> {
            intake.write(Buffer.buffer(new byte[3_000_000])).onComplete(written);
            intake.giveUp();
          });

      assertThat(Settled.failure(written.future())).hasMessageContaining("given up");
      Settled.done(intake.flush());
      intake.close();
      assertThat(file.stat().sizeBytes()).isLessThan(3_000_000);
    }
  }

  /** The length of the file, if it has what it was given. */
  private long taken(MemoryShares shares, int lengthBytes) {
    RawPath path = RawPath.of(folder.resolve("partial"));
    byte[] bytes = new byte[lengthBytes];
    new Random(1).nextBytes(bytes);
    try (OpenFile file = new LinuxDisk().open(path, Opening.EITHER).orElseThrow()) {
      var intake = new Intake(context(), shares, Key.parse("WORM--a"), file, 0);
      Settled.done(
          intake
              .rehash()
              .compose(_ -> intake.write(Buffer.buffer(bytes)))
              .compose(_ -> intake.flush()));
      intake.close();

      ByteBuffer written = ByteBuffer.allocate(lengthBytes);
      file.read(written, 0);
      assertThat(written.array()).isEqualTo(bytes);
      return file.stat().sizeBytes();
    }
  }
}
