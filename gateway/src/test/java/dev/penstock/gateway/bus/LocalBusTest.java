package dev.penstock.gateway.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.CommandDone;
import dev.penstock.spi.bus.GatewayCommand;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalBusTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx();
  private final EventLog log = new EventLog();
  private final LocalBus bus = new LocalBus(vertx, log);

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  private static GatewayEvent event(String subject) {
    return new GatewayEvent.ModuleStarted(Instant.EPOCH, subject);
  }

  @Test
  void handsTheSameEventToEverySubscriberInTheOrderOfPublication() {
    List<GatewayEvent> first = new CopyOnWriteArrayList<>();
    List<GatewayEvent> second = new CopyOnWriteArrayList<>();
    try (var _ = bus.subscribe(first::add);
        var _ = bus.subscribe(second::add)) {
      var a = event("a");
      var b = event("b");
      bus.publish(a);
      bus.publish(b);

      Awaitility.await().until(() -> first.size() == 2 && second.size() == 2);
      assertThat(first.getFirst()).isSameAs(a);
      assertThat(second).containsExactly(a, b);
    }
  }

  @Test
  void tellsTheOthersWhenOneSubscriberFails() {
    List<GatewayEvent> heard = new CopyOnWriteArrayList<>();
    try (var _ =
            bus.subscribe(_ -> {
              throw new IllegalStateException("deaf");
            });
        var _ = bus.subscribe(heard::add)) {
      bus.publish(event("a"));

      Awaitility.await().until(() -> heard.size() == 1);
    }
  }

  @Test
  void numbersEventsAndRemembersTheLastThousand() {
    for (int i = 1; i <= EventLog.ENTRIES_MAX + 5; i++) bus.publish(event("m" + i));

    assertThat(log.lastId()).isEqualTo(1005);
    assertThat(log.after(0, 10_000))
        .hasSize(1000)
        .first()
        .extracting(EventLog.Entry::id)
        .isEqualTo(6L);
    assertThat(log.after(1003, 10)).extracting(EventLog.Entry::id).containsExactly(1004L, 1005L);
  }

  @Test
  void answersACommandWithWhatWasDone() throws Exception {
    bus.answerCommands(command -> Future.succeededFuture(new CommandDone(command + " done")));

    assertThat(done(bus.send(new GatewayCommand.ReloadConfig(), LONG)).outcome())
        .isEqualTo("ReloadConfig[] done");
  }

  @Test
  void answersACommandThatFailsWithTheErrorItself() {
    var error = new GatewayError.Conflict("module nbd is busy");
    bus.answerCommands(_ -> Future.failedFuture(error));

    assertThatThrownBy(() -> done(bus.send(new GatewayCommand.StopModule("nbd"), LONG)))
        .isSameAs(error);
  }

  @Test
  void saysThatACommandWasNotAnsweredInTime() {
    bus.answerCommands(_ -> Promise.<CommandDone>promise().future());

    assertThatThrownBy(
            () -> done(bus.send(new GatewayCommand.ReloadConfig(), Duration.ofMillis(10))))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("may still be carried out");
  }

  @Test
  void saysThatNobodyTakesCommandsYet() {
    assertThatThrownBy(() -> done(bus.send(new GatewayCommand.ReloadConfig(), LONG)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("does not take commands now");
  }

  @Test
  void readsEventsAsSentences() {
    assertThat(EventLines.message(event("nbd"))).isEqualTo("module started");
    assertThat(EventLines.parts(event("nbd"))).containsOnlyKeys("subject");
  }

  private static <T> T done(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw e;
    }
  }
}
