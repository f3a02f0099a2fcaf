package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnsettledTest {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(1, 1));
  private static final Ownership HANDED =
      new Ownership(new Handed(OFFER, Moving.AWAY), OFFER, Optional.of(Epoch.FIRST));

  private static final Gone GONE = new Gone(OFFER, Moving.AWAY);

  private final Moving world = new Moving();
  private final Set<String> running = ConcurrentHashMap.newKeySet();
  private final Map<String, Ownership> looked = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch answers = new CountDownLatch(1);
  private volatile int silences;
  private volatile boolean waits;

  private final Unsettled unsettled =
      new Unsettled(
          world.home,
          new Settlement(
              world.homeHandoffs, new Fencing(world.home), (_, _) -> true, _ -> this::say),
          running::contains,
          looked::putAll);

  @BeforeEach
  void hand() {
    world.homeStore.keepOwnership(Moving.VM, HANDED);
  }

  @AfterEach
  void close() throws Exception {
    answers.countDown();
    unsettled.close();
    world.close();
  }

  private Answer say(String volume, Message message) throws InterruptedException {
    int time = asked.incrementAndGet();
    if (waits) answers.await();
    if (time <= silences)
      throw new GatewayError.Unavailable(Scope.CONNECTION, Duration.ofMillis(1), "away is away");
    return new Answer.Committed(message.epoch());
  }

  @Test
  void whatAProcessBeforeHasLeftIsSaidUntilItIsHeard() {
    silences = 2;

    unsettled.start();

    await().until(() -> world.here() instanceof Gone);
    assertThat(asked).hasValueGreaterThan(2);
    await().untilAsserted(() -> assertThat(looked).containsEntry(Moving.VM, HANDED.in(GONE)));
  }

  @Test
  void whatAMigrationTakesCareOfIsLeftToIt() {
    running.add(Moving.VM);

    unsettled.look();

    assertThat(looked).as("it was looked at").containsEntry(Moving.VM, HANDED);
    assertThat(world.home.tasks().all()).isEmpty();
  }

  @Test
  void oneQuestionIsUnderWayAtATime() {
    waits = true;
    unsettled.look();
    await().until(() -> asked.get() == 1);

    unsettled.look();
    unsettled.look();
    answers.countDown();

    await().until(() -> world.here() instanceof Gone);
    assertThat(asked).hasValue(1);
  }

  @Test
  void onceItIsClosedNothingIsSaid() {
    unsettled.close();

    unsettled.look();

    assertThat(looked).isEmpty();
    assertThat(asked).hasValue(0);
  }
}
