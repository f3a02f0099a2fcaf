package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContract;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MemoryKeyStoreTest extends KeyStoreContract {
  private static final Key KEY = Key.parse("WORM-s1--a");
  private static final Caller NOBODY = new Caller("", Set.of(), Caller.NEWEST);

  private final FakeClock clock = new FakeClock();
  private final MemoryKeyStore memory = new MemoryKeyStore();

  @Override
  protected KeyStore open(Vertx vertx) {
    var context =
        new FakeKeyStoreContext(
            "memory",
            TestSettings.block("repositories.memory", Map.of()),
            vertx,
            new FakeChildren(vertx),
            clock);
    Settled.done(memory.open(context));
    return memory;
  }

  @Override
  protected void pass(Duration time) {
    clock.advance(time);
  }

  @Test
  void failsAsOftenAsItWasToldTo() {
    memory
        .faults()
        .failNext(2, Call.PRESENT, () -> new GatewayError.Failed(Scope.REQUEST, "on purpose"));

    assertThat(Settled.failure(memory.isPresent(KEY, NOBODY))).hasMessage("on purpose");
    assertThat(Settled.failure(memory.isPresent(KEY, NOBODY))).hasMessage("on purpose");
    assertThat(Settled.done(memory.isPresent(KEY, NOBODY))).isFalse();
    assertThat(memory.faults().begun(Call.PRESENT)).isEqualTo(3);
  }

  @Test
  void holdsCallsUntilTheyAreLetGo() {
    KeyStoreFaults.Hold hold = memory.faults().hold(Call.PRESENT);
    Future<Boolean> held = memory.isPresent(KEY, NOBODY);

    assertThat(hold.held()).isEqualTo(1);
    assertThat(held.isComplete()).isFalse();
    hold.close();

    assertThat(Settled.done(held)).isFalse();
  }

  @Test
  void refusesWhatItWasToldTo() {
    memory.has(KEY, new byte[1]);
    memory.faults().refuse(Call.LOCK);
    memory.faults().refuse(Call.REMOVE);

    assertThat(Settled.done(memory.lock(KEY, NOBODY))).isEmpty();
    assertThat(Settled.done(memory.remove(KEY, OptionalLong.empty(), NOBODY)))
        .isEqualTo(Removal.REFUSED);
  }

  @Test
  void keepsContentForTheRetentionWhenALockEndsWithTheProcess() {
    memory.has(KEY, new byte[1]);
    assertThat(Settled.done(memory.lock(KEY, NOBODY))).isPresent();

    memory.restart();

    assertThat(Settled.done(memory.remove(KEY, OptionalLong.empty(), NOBODY)).removed()).isFalse();
    pass(KeyStore.RETENTION);
    assertThat(Settled.done(memory.remove(KEY, OptionalLong.empty(), NOBODY)).removed()).isTrue();
  }
}
