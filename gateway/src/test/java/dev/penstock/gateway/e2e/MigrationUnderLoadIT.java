package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an operator wishes and asks meanwhile: clients see nothing of a migration. */
@Timeout(300)
class MigrationUnderLoadIT {
  private static final int SIZE_BYTES = 16 << 20;
  private static final int WRITERS = 4;
  private static final JsonObject TO_AWAY = new JsonObject().put("to", "away");

  /** So slow that its first round goes on until it is aborted. */
  private static final JsonObject SLOWLY = TO_AWAY.copy().put("bandwidth", 64 << 10);

  private static final JsonObject WAITING = TO_AWAY.copy().put("confirm", true);

  @TempDir Path folder;

  private final AtomicBoolean enough = new AtomicBoolean();

  @SuppressWarnings("NullAway.Init") // before each test
  private TwoOwners sites;

  @SuppressWarnings("NullAway.Init") // before each test
  private List<RecordingWriter> writers;

  @BeforeEach
  void start() {
    sites = new TwoOwners(folder, SIZE_BYTES + "B");
    writers =
        IntStream.range(0, WRITERS)
            .mapToObj(i -> new RecordingWriter(List.of(sites.home), i, WRITERS, SIZE_BYTES))
            .toList();
  }

  @AfterEach
  void stop() throws IOException {
    enough.set(true);
    writers.forEach(RecordingWriter::close);
    sites.close();
  }

  @Test
  void fourWritersGoOnWhileItIsAbortedThreeTimesAndThenMoved() throws Exception {
    for (RecordingWriter one : writers) sites.home.await(() -> one.acknowledged() > 0);
    sites.start(sites.home, SLOWLY);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> byTheApi = threads.submit(asking(this::askedByTheApi));
      Future<Integer> byTheCli = threads.submit(asking(this::askedByTheCli));
      sites.home.await(() -> sites.migration(sites.home).getLong("bytes_sent") > 0);
      abort();
      sites.start(sites.home, WAITING);
      abort();
      sites.start(sites.home, WAITING);
      sites.home.await(() -> sites.migration(sites.home).getString("phase").equals("confirm"));
      abort();

      sites.start(sites.home, TO_AWAY);

      JsonObject ended = sites.ended(sites.home);
      assertThat(ended.getString("phase")).as("%s", ended).isEqualTo("done");
      enough.set(true);
      assertThat(byTheApi.get()).isPositive();
      assertThat(byTheCli.get()).isPositive();
    }
    sites.assertHandedOver(sites.home, sites.away);
    for (RecordingWriter one : writers) {
      long before = one.acknowledged();
      sites.home.await(() -> one.acknowledged() > before);
      one.pause();
      assertThat(one.connections()).as("nothing failed").isOne();
    }
    try (NbdClient there = sites.away.connect("vm")) {
      assertThat(there.flush()).isZero();
      for (RecordingWriter one : writers) one.assertIn(there);
    }
  }

  private void abort() throws IOException {
    TwoOwners.call(sites.home, "POST", "/v1/migrations/vm/abort", new JsonObject());
    assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("aborted");
    assertThat(sites.phase(sites.home)).isEqualTo("owner");
  }

  /** How many answers there were until it was enough: one after the other, and each is one. */
  private Callable<Integer> asking(Callable<Boolean> question) {
    return () -> {
      int answers = 0;
      while (!enough.get()) {
        assertThat(question.call()).as("answer %d", answers).isTrue();
        answers++;
      }
      return answers;
    };
  }

  private boolean askedByTheApi() throws IOException {
    return sites.migration(sites.home).containsKey("phase");
  }

  private boolean askedByTheCli() {
    Peer.Result result = sites.home.cli("migrate", "status", "vm");
    return result.exit() == 0 && result.out().contains("away");
  }
}
