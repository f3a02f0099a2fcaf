package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.testing.FakeClock;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class AccessLogTest {
  @TempDir Path folder;

  private final AtomicLong nanos = new AtomicLong();

  @Test
  void linesAreKeptInTheirOrderWithWhoseTheyAre(Vertx vertx) throws IOException {
    var log = new AccessLog(vertx, folder, new FakeClock(), nanos::get);
    for (int i = 0; i < 50; i++)
      log.of("nbd").note("admitted", Map.of("connection", Integer.toString(i)));

    await().until(() -> lines().size() == 50);
    for (int i = 0; i < 50; i++)
      assertThat(lines().get(i))
          .isEqualTo(
              new JsonObject()
                  .put("at", new FakeClock().instant().toString())
                  .put("module", "nbd")
                  .put("action", "admitted")
                  .put("connection", Integer.toString(i)));
  }

  @Test
  void aFloodIsCutShortAndALineSaysByHowMany(Vertx vertx) throws IOException {
    var log = new AccessLog(vertx, folder, new FakeClock(), nanos::get);
    int flood = AccessLog.LINES_AT_ONCE + 1234;
    for (int i = 0; i < flood; i++) log.of("nbd").note("refused", Map.of());

    await().until(() -> lines().size() == AccessLog.LINES_AT_ONCE + 1);
    assertThat(lines().getLast().getString("action")).isEqualTo("left-out");
    assertThat(lines().getLast().getInteger("lines")).isEqualTo(1234);

    nanos.addAndGet(1_000_000_000L);
    for (int i = 0; i < flood; i++) log.of("nbd").note("refused", Map.of());
    await().until(() -> lines().size() == AccessLog.LINES_AT_ONCE + 2 + AccessLog.LINES_A_SECOND);
  }

  @Test
  void aDiskThatHangsHoldsUpNobodyAndOnlySoManyLinesWaitForIt(Vertx vertx) throws Exception {
    var diskWorks = new CountDownLatch(1);
    var made = new CompletableFuture<AccessLog>();
    vertx.runOnContext(_ -> {
      made.complete(new AccessLog(vertx, folder, new FakeClock(), nanos::get));
      var _ =
          vertx.executeBlocking(() -> {
            diskWorks.await();
            return true;
          });
    });
    AccessLog log = made.get();
    for (int i = 0; i < AccessLog.LINES_WAITING_MAX + 500; i++) {
      nanos.addAndGet(1_000_000_000L);
      log.of("nbd").note("refused", Map.of());
    }
    for (int i = 0; i < 2; i++) { // each time that it would be told
      var told = new CountDownLatch(1);
      vertx.runOnContext(
          _ -> vertx.setTimer(AccessLog.LEFT_OUT_TOLD_MILLIS, _ -> told.countDown()));
      told.await();
      log.of("nbd").note("refused", Map.of());
    }
    diskWorks.countDown();

    await().until(() -> lines().size() == AccessLog.LINES_WAITING_MAX + 1);
    assertThat(lines().getLast().getInteger("lines")).isEqualTo(502);
  }

  private List<JsonObject> lines() throws IOException {
    Path file = folder.resolve("access.log");
    if (!Files.exists(file)) return List.of();
    return Files.readAllLines(file).stream().map(JsonObject::new).toList();
  }
}
