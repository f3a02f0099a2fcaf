package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.annex.PageCache.Survivors;
import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ScriptedChild;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut before each change that is made to the disk, and takes what was not synced. What
 * was answered is there all the same, and nothing is where content is that is not it.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class PowerCutTest {
  /** More changes than anything here makes. */
  private static final int CHANGES_MAX = 150;

  /** Two batches, and not a whole number of anything. */
  private static final int BYTES = 700_001;

  /** Of a backend whose content nobody can check: what is at its place is believed. */
  private static final Key KEY = Key.parse("WORM-s%d-m1--content".formatted(BYTES));

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final FakeClock clock = new FakeClock();
  private final byte[] content = new byte[BYTES];

  PowerCutTest() {
    new Random(1).nextBytes(content);
  }

  @AfterEach
  void close() throws IOException {
    Settled.settled(vertx.close());
    AnnexFixture.thaw(folder);
  }

  /** What is done until the power is cut; whether it was answered as it should be. */
  private interface Work {
    boolean in(StoreUser user);
  }

  /** What has to be so when the power is back. */
  private interface Check {
    void after(boolean wasAnswered, StoreUser user, Path repository, String where) throws Exception;
  }

  private FakeKeyStoreContext context(Path repository) {
    return AnnexFixture.context(repository, vertx, this::git, clock);
  }

  /** A branch without any file. */
  private Future<Child> git(List<String> command) {
    if (!command.contains("cat-file"))
      return Future.failedFuture(
          new GatewayError.Failed(GatewayError.Scope.RESOURCE, "not installed"));
    return Future.succeededFuture(
        new ScriptedChild(vertx.getOrCreateContext(), (git, _) -> git.says("that missing\n")));
  }

  private static boolean answered(Future<?> work, Object right) {
    Future<?> settled = Settled.settled(work);
    return settled.succeeded() && right.equals(settled.result());
  }

  private void with(Path repository, Work before) {
    KeyStore store = AnnexFixture.open(new LinuxDisk(), context(repository));
    before.in(new StoreUser(store, vertx));
    Settled.done(store.close());
  }

  /**
   * @param before what is durable when the work begins
   */
  private void cutAnywhere(Work before, Work work, Check check) throws Exception {
    boolean wasCut = true;
    for (int changes = 0; changes < CHANGES_MAX && wasCut; changes++) {
      Path repository = AnnexFixture.bare(folder.resolve("r" + changes));
      with(repository, before);
      var disk = new PowerCutDisk(repository, changes);
      boolean isAnswered = worked(repository, disk, work);
      wasCut = disk.isCut();
      afterwards(disk, changes, isAnswered, check);
    }
    assertThat(wasCut).as("the last round made every change").isFalse();
  }

  private void afterwards(PowerCutDisk disk, int changes, boolean isAnswered, Check check)
      throws Exception {
    for (Survivors how : Survivors.values()) {
      Path left = folder.resolve("r%d-%s".formatted(changes, how));
      disk.powerOn(how, left);
      String where = "cut after %d changes, %s survives".formatted(changes, how);
      KeyStore store = AnnexFixture.open(new LinuxDisk(), context(left));
      check.after(isAnswered, new StoreUser(store, vertx), left, where);
      Settled.done(store.close());
      AnnexFixture.thaw(left);
      delete(left);
    }
  }

  /** The process ends anywhere while it stores; the next one answers, and then the power is cut. */
  private void cutAfterTheNextProcess(Work next) throws Exception {
    boolean hasEnded = true;
    for (int changes = 0; changes < CHANGES_MAX && hasEnded; changes++) {
      Path repository = AnnexFixture.bare(folder.resolve("r" + changes));
      var disk = new PowerCutDisk(repository, changes);
      worked(repository, disk, user -> answered(user.putting(KEY, content), true));
      hasEnded = disk.isCut();
      disk.processBegins();
      afterwards(
          disk,
          changes,
          worked(repository, disk, next),
          (isAnswered, user, left, where) -> {
            if (isAnswered) assertThat(user.isPresent(KEY)).as(where).isTrue();
            allOrNothing(user, left, where);
          });
    }
    assertThat(hasEnded).as("the last round made every change").isFalse();
  }

  private boolean worked(Path repository, PowerCutDisk disk, Work work) {
    try {
      KeyStore store = AnnexFixture.open(disk, context(repository));
      boolean isAnswered = work.in(new StoreUser(store, vertx));
      Settled.settled(store.close());
      return isAnswered;
    } catch (AssertionError _) {
      return false; // it was not even opened
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      for (Path one : all.sorted((a, b) -> b.compareTo(a)).toList()) Files.delete(one);
    }
  }

  private void allOrNothing(StoreUser user, Path repository, String where) throws IOException {
    if (user.isPresent(KEY)) assertThat(user.get(KEY)).as(where).isEqualTo(content);
    Path journal = repository.resolve("annex/journal");
    if (Files.exists(journal))
      for (Path log : AnnexFixture.files(journal))
        assertThat(Files.readString(log, UTF_8))
            .as(where)
            .matches("\\d+s [01] " + AnnexFixture.UUID + "\n");
  }

  @Test
  void whatIsSaidToBeStoredIsThereCompletely() throws Exception {
    cutAnywhere(
        _ -> true,
        user -> answered(user.putting(KEY, content), true),
        (wasStored, user, repository, where) -> {
          if (wasStored) assertThat(user.isPresent(KEY)).as(where).isTrue();
          allOrNothing(user, repository, where);
          assertThat(user.put(KEY, content)).as(where).isTrue();
          assertThat(user.get(KEY)).as(where).isEqualTo(content);
        });
  }

  @Test
  void whatTwoHavePutAtOnceIsThereIfEitherWasToldSo() throws Exception {
    cutAnywhere(
        _ -> true,
        user -> {
          Future<Boolean> one = user.putting(KEY, content);
          Future<Boolean> other = user.putting(KEY, content);
          boolean isStored = answered(one, true);
          return answered(other, true) || isStored;
        },
        (wasStored, user, repository, where) -> {
          if (wasStored) assertThat(user.isPresent(KEY)).as(where).isTrue();
          allOrNothing(user, repository, where);
          assertThat(user.put(KEY, content)).as(where).isTrue();
        });
  }

  @Test
  void whatTheNextProcessSaysIsThereIsThere() throws Exception {
    cutAfterTheNextProcess(user -> answered(user.putting(KEY, content), true));
  }

  @Test
  void whatTheNextProcessLocksIsThere() throws Exception {
    cutAfterTheNextProcess(user -> isLocked(user.locking(KEY)));
  }

  @Test
  void whatIsSaidToBeRemovedDoesNotComeBack() throws Exception {
    cutAnywhere(
        user -> user.put(KEY, content),
        user -> answered(user.removing(KEY), Removal.DONE),
        (wasRemoved, user, repository, where) -> {
          if (wasRemoved) assertThat(user.isPresent(KEY)).as(where).isFalse();
          allOrNothing(user, repository, where);
          assertThat(user.put(KEY, content)).as(where).isTrue();
          assertThat(user.get(KEY)).as(where).isEqualTo(content);
        });
  }

  /** Whoever was told drops a copy of its own. */
  @Test
  void whatIsSaidToBeLockedIsNotRemoved() throws Exception {
    cutAnywhere(
        user -> user.put(KEY, content),
        user -> isLocked(user.locking(KEY)),
        (wasLocked, user, repository, where) -> {
          allOrNothing(user, repository, where);
          assertThat(user.isPresent(KEY)).as(where).isTrue();
          Removal removal = user.remove(KEY);
          if (wasLocked) assertThat(removal).as(where).isEqualTo(Removal.REFUSED);
        });
  }

  private static boolean isLocked(Future<Optional<Hold>> locking) {
    Future<Optional<Hold>> settled = Settled.settled(locking);
    return settled.succeeded() && settled.result().isPresent();
  }

  /** What has come is gone on with only as far as it is there. */
  @Test
  void whatIsGoneOnWithAfterwardsIsStoredRight() throws Exception {
    cutAnywhere(
        _ -> true,
        user -> user.partly(KEY, Arrays.copyOf(content, BYTES / 2)),
        (_, user, repository, where) -> {
          allOrNothing(user, repository, where);
          assertThat(user.put(KEY, content)).as(where).isTrue();
          assertThat(user.get(KEY)).as(where).isEqualTo(content);
        });
  }
}
