package dev.penstock.p2p.lock;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.settled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.testing.FakeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LockTableTest {
  private static final LockTable.Wanted WANTED =
      new LockTable.Wanted("photos", Key.parse("WORM--a"), "alice");

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final LockTable table = new LockTable(() -> 2, new FakeClock(), now::get);
  private final AtomicInteger held = new AtomicInteger();
  private final Promise<Void> lost = Promise.promise();

  private Future<Optional<HeldLock>> lock() {
    return table.lock(WANTED, () -> Future.succeededFuture(Optional.of(hold())));
  }

  private Hold hold() {
    held.incrementAndGet();
    return new Hold() {
      @Override
      public Future<Void> lost() {
        return lost.future();
      }

      @Override
      public Future<Void> release() {
        held.decrementAndGet();
        return Future.succeededFuture();
      }
    };
  }

  private void tenMinutesPass() {
    now.addAndGet(KeyStore.RETENTION.toNanos());
    table.expire();
  }

  @Test
  void aLockThatNobodyKeepsEndsAfterTenMinutes() {
    HeldLock lock = done(lock()).orElseThrow();
    now.addAndGet(KeyStore.RETENTION.toNanos() - 1);
    table.expire();
    assertThat(table.find(lock.id())).contains(lock);

    now.incrementAndGet();
    table.expire();

    assertThat(table.find(lock.id())).isEmpty();
    assertThat(held).hasValue(0);
    assertThat(lock.ended().isComplete()).isTrue();
  }

  @Test
  void aLockThatSomebodyKeepsStays() {
    HeldLock lock = done(lock()).orElseThrow();
    table.keep(lock.id(), "photos");

    tenMinutesPass();

    assertThat(table.find(lock.id())).contains(lock);
  }

  @Test
  void whoeverLeavesEarlyLeavesTheRestOfTheTime() {
    HeldLock lock = done(lock()).orElseThrow();
    table.keep(lock.id(), "photos");

    table.leave(lock);
    assertThat(table.find(lock.id())).contains(lock);
    tenMinutesPass();

    assertThat(held).hasValue(0);
  }

  @Test
  void whoeverLeavesLateLeavesNothing() {
    HeldLock lock = done(lock()).orElseThrow();
    table.keep(lock.id(), "photos");
    tenMinutesPass();

    table.leave(lock);

    assertThat(held).hasValue(0);
    assertThat(table.slots()).isZero();
  }

  @Test
  void oneOfTwoKeepersMayLeave() {
    HeldLock lock = done(lock()).orElseThrow();
    table.keep(lock.id(), "photos");
    table.keep(lock.id(), "photos");
    tenMinutesPass();

    table.leave(lock);

    assertThat(table.find(lock.id())).contains(lock);
  }

  @Test
  void noMoreAreHeldThanMayBe() {
    HeldLock first = done(lock()).orElseThrow();
    assertThat(done(lock())).isPresent();
    assertThat(done(lock())).isEmpty();

    table.release(first);

    assertThat(done(lock())).isPresent();
  }

  @Test
  void aRefusedLockCostsNoSlot() {
    for (int i = 0; i < 10; i++) {
      assertThat(done(table.lock(WANTED, () -> Future.succeededFuture(Optional.empty()))))
          .isEmpty();
      settled(table.lock(WANTED, () -> Future.failedFuture("away")));
      settled(
          table.lock(
              WANTED,
              () -> {
                throw new IllegalStateException("a bug");
              }));
    }

    assertThat(table.slots()).isZero();
    assertThat(done(lock())).isPresent();
  }

  @Test
  void aHoldThatIsLostEndsItsLock() {
    HeldLock lock = done(lock()).orElseThrow();

    lost.complete();

    assertThat(lock.ended().isComplete()).isTrue();
    assertThat(table.slots()).isZero();
  }

  @Test
  void aLockBelongsToItsRepository() {
    HeldLock lock = done(lock()).orElseThrow();

    assertThat(table.keep(lock.id(), "other")).isEmpty();
    assertThat(table.keep("nonsense", "photos")).isEmpty();
  }

  @Test
  void closingLeavesWhatIsHeldToItsRepositoryAndLetsGoOfWhatIsStillOnItsWay() {
    Promise<Optional<Hold>> slow = Promise.promise();
    done(lock());
    Future<Optional<HeldLock>> underWay = table.lock(WANTED, slow::future);

    table.close();
    slow.complete(Optional.of(hold()));

    assertThat(done(underWay)).isEmpty();
    assertThat(table.all()).isEmpty();
    assertThat(held).hasValue(1);
    assertThat(table.slots()).isZero();
  }
}
