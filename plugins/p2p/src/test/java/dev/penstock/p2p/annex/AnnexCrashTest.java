package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process ends before each change that it makes to the disk. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class AnnexCrashTest {
  /** More changes than anything here makes. */
  private static final int CHANGES_MAX = 100;

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final FakeClock clock = new FakeClock();
  private final byte[] content = new byte[20_000];
  private Key key = Key.parse("WORM--none");

  AnnexCrashTest() throws Exception {
    new Random(1).nextBytes(content);
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
    key = Key.parse("SHA256-s20000--" + HexFormat.of().formatHex(hash));
  }

  @AfterEach
  void close() throws IOException {
    Settled.settled(vertx.close());
    AnnexFixture.thaw(folder);
  }

  private interface Work {
    Future<?> in(StoreUser user);
  }

  /** What was acknowledged; the rest of the disk is as the process left it. */
  private boolean cut(Path repository, int changes, Work work) {
    CutDisk disk = new CutDisk(changes);
    try {
      KeyStore store = AnnexFixture.open(disk, context(repository));
      Future<?> done = Settled.settled(work.in(new StoreUser(store, vertx)));
      Settled.settled(store.close());
      return done.succeeded() && !disk.isCut();
    } catch (AssertionError _) {
      return false; // it was not even opened
    }
  }

  private FakeKeyStoreContext context(Path repository) {
    var childless =
        FakeKeyStoreContext.of("data", TestSettings.block("data", Map.of()), vertx).children();
    return AnnexFixture.context(repository, vertx, childless, clock);
  }

  private void after(Path repository, Consumer<StoreUser> check) {
    KeyStore store = AnnexFixture.open(new LinuxDisk(), context(repository));
    check.accept(new StoreUser(store, vertx));
    Settled.done(store.close());
  }

  @Test
  void aCrashWhileStoringLeavesAllOrNothingAndTheNextUploadStores() throws Exception {
    boolean wasStored = false;
    for (int changes = 0; changes < CHANGES_MAX && !wasStored; changes++) {
      Path repository = AnnexFixture.bare(folder.resolve("r" + changes));
      wasStored = cut(repository, changes, user -> user.putting(key, content));
      boolean acknowledged = wasStored;
      String where = "cut after %d changes".formatted(changes);
      after(
          repository,
          user -> {
            if (acknowledged) assertThat(user.isPresent(key)).as(where).isTrue();
            if (user.isPresent(key)) assertThat(user.get(key)).as(where).isEqualTo(content);
            assertThat(user.put(key, content)).as(where).isTrue();
            assertThat(user.get(key)).as(where).isEqualTo(content);
            assertThat(user.remove(key).removed()).as(where).isTrue();
          });
    }
    assertThat(wasStored).as("the last round made every change").isTrue();
  }

  @Test
  void aCrashWhileRemovingLeavesAllOrNothing() throws Exception {
    boolean wasRemoved = false;
    for (int changes = 0; changes < CHANGES_MAX && !wasRemoved; changes++) {
      Path repository = AnnexFixture.withTree(folder.resolve("r" + changes));
      after(repository, user -> assertThat(user.put(key, content)).isTrue());
      wasRemoved = cut(repository, changes, user -> user.removing(key));
      boolean acknowledged = wasRemoved;
      String where = "cut after %d changes".formatted(changes);
      after(
          repository,
          user -> {
            if (acknowledged) assertThat(user.isPresent(key)).as(where).isFalse();
            if (user.isPresent(key)) assertThat(user.get(key)).as(where).isEqualTo(content);
            assertThat(user.put(key, content)).as(where).isTrue();
            assertThat(user.remove(key).removed()).as(where).isTrue();
          });
    }
    assertThat(wasRemoved).as("the last round made every change").isTrue();
  }
}
