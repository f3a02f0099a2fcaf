package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContract;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Without git: the location log is a matter of {@link JournalTest}. */
final class AnnexStoreContractTest extends KeyStoreContract {
  @TempDir Path folder;
  private final FakeClock clock = new FakeClock();

  @Override
  protected KeyStore open(Vertx vertx) throws Exception {
    Path repository = AnnexFixture.withTree(folder);
    var childless =
        FakeKeyStoreContext.of("data", TestSettings.block("data", Map.of()), vertx).children();
    return AnnexFixture.open(
        new LinuxDisk(), AnnexFixture.context(repository, vertx, childless, clock));
  }

  @Override
  protected void pass(Duration time) {
    clock.advance(time);
  }

  @AfterEach
  void thaw() throws Exception {
    AnnexFixture.thaw(folder);
  }
}
