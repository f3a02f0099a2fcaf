package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
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

  @Test
  void whatIsGivenUpIsNotHashedToItsEnd() {
    RawPath path = RawPath.of(folder.resolve("partial"));
    var context = FakeKeyStoreContext.of("data", TestSettings.block("data", Map.of()), vertx);
    try (OpenFile file = new LinuxDisk().open(path, Opening.EITHER).orElseThrow()) {
      file.write(ByteBuffer.wrap(new byte[1]), LARGE_BYTES - 1);
      var intake = new Intake(context, Key.parse("SHA256--a"), file, LARGE_BYTES);

      Future<Void> rehash = intake.rehash();
      intake.giveUp();

      assertThat(Settled.failure(rehash)).isInstanceOf(GatewayError.Failed.class);
    }
  }
}
