package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.Aborts;
import dev.penstock.p2p.OpenFiles;
import dev.penstock.p2p.ServedStore;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Clients that go at every stage of a request, of a repository on a disk: nothing of it stays. */
@Isolated("it counts what the whole process has")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class AbortedRequestsTest {
  private static final int LARGE_BYTES = 16 << 20;
  private static final String LARGE = "WORM-s%d-m1--large".formatted(LARGE_BYTES);

  @TempDir Path folder;

  @AfterEach
  void thaw() throws IOException {
    AnnexFixture.thaw(folder);
  }

  @Test
  void aThousandOfThemLeaveTheProcessAndTheRepositoryAsTheyWere() throws Exception {
    Path repository = AnnexFixture.bare(folder.resolve("a"));
    try (var server =
        new ServedStore(new AnnexStore(), Map.of("path", repository), Map.of(), _ -> none())) {
      put(server, LARGE, LARGE_BYTES);
      Aborts aborts = new Aborts(server, LARGE);
      aborts.abort(100); // what is opened once is open now
      nothingIsUnderWay(server);
      Map<String, Integer> before = OpenFiles.now();

      aborts.abort(1000);

      nothingIsUnderWay(server);
      await().untilAsserted(() -> assertThat(OpenFiles.now()).isEqualTo(before));
      assertThat(names(repository.resolve("annex/tmp"))).allMatch(name -> name.contains("--put"));
      assertThat(names(repository.resolve("annex/transfer/download/lck"))).isEmpty();
      allIsAsBefore(server, repository);
    }
  }

  /** Parts that came are kept, each to be gone on with; the rest of them is all that is wanted. */
  private static void allIsAsBefore(ServedStore server, Path repository) throws IOException {
    for (int i = 0; i < Aborts.PUT_KEYS; i++) put(server, Aborts.putKey(i), Aborts.PUT_BYTES);
    assertThat(names(repository.resolve("annex/tmp"))).isEmpty();
    assertThat(server.ask("GET", "/v4/key/" + LARGE + "?clientuuid=c", "").bytes().length())
        .isEqualTo(LARGE_BYTES);
    assertThat(server.ask("POST", "/v4/remove?clientuuid=c&key=" + LARGE, "").body())
        .contains("\"removed\":true");
  }

  private boolean isOurs(String file) {
    return file.startsWith(folder.toString());
  }

  private void nothingIsUnderWay(ServedStore server) {
    await()
        .untilAsserted(() -> {
          assertThat(server.gauge("p2p_connections")).as("connections").isZero();
          assertThat(server.gauge("p2p_uploads")).as("uploads").isZero();
          assertThat(server.transfers()).as("transfers").isZero();
        });
    // Clients that never read an id are told by nobody that they have a lock; ten minutes end it.
    server.releaseLocks();
    assertThat(server.gauge("p2p_locks")).isZero();
    await().untilAsserted(() -> assertThat(OpenFiles.now().keySet()).noneMatch(this::isOurs));
  }

  private static void put(ServedStore server, String key, int bytes) {
    int offset =
        server
            .ask("POST", "/v4/putoffset?clientuuid=c&key=" + key, "")
            .json()
            .getInteger("offset", bytes);
    String path = "/v4/put?clientuuid=c&offset=%d&key=%s".formatted(offset, key);
    String rest = "\0".repeat(bytes - offset);
    assertThat(
            server
                .ask("POST", path, rest, "X-git-annex-data-length: " + rest.length())
                .json()
                .getBoolean("stored"))
        .as(key)
        .isTrue();
  }

  private static List<String> names(Path folder) throws IOException {
    if (!Files.exists(folder)) return List.of();
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(one -> one.getFileName().toString()).toList();
    }
  }

  private static Children none() {
    return _ ->
        Future.failedFuture(
            new GatewayError.Failed(GatewayError.Scope.RESOURCE, "no program is started"));
  }
}
