package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.Aborts;
import dev.penstock.p2p.OpenFiles;
import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.ServedStore;
import dev.penstock.spi.testing.ProcessChildren;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Clients that go at every stage of a request, of a repository behind programs: nothing of it
 * stays. The programs are real, though no git-annex: of that a thousand would take minutes.
 */
@Isolated("it counts what the whole process has")
@Tag("peer")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class AbortedRequestsTest {
  private static final int LARGE_BYTES = 8 << 20;
  private static final String LARGE = "WORM-s%d-m1--large".formatted(LARGE_BYTES);
  private static final String UUID = "22222222-2222-4222-8222-222222222222";

  /** Has all content, but for what is put; and reads no byte more than it was told of. */
  private static final String PROGRAM =
      """
      printf 'AUTH-SUCCESS %%s\\n' "$5"
      while read -r word rest; do
        case $word in
          VERSION) printf 'VERSION 4\\n' ;;
          CHECKPRESENT|LOCKCONTENT) printf 'SUCCESS\\n' ;;
          GET)
            printf 'DATA %1$d\\n'; head -c %1$d /dev/zero; printf 'VALID\\n'; read -r thanks ;;
          PUT)
            printf 'PUT-FROM 0\\n'; read -r data count; head -c "$count" > /dev/null
            read -r verdict
            [ "$verdict" = VALID ] && printf 'SUCCESS\\n' || printf 'FAILURE\\n' ;;
        esac
      done
      """
          .formatted(LARGE_BYTES);

  @TempDir Path folder;
  private final ShellStore store = new ShellStore();
  private final AtomicReference<ProcessChildren> programs = new AtomicReference<>();

  private ServedStore served() throws Exception {
    Path program = Files.writeString(folder.resolve("program"), PROGRAM);
    Map<String, Object> settings =
        Map.of("command", List.of("sh", program), "directory", "/nowhere", "uuid", UUID);
    return new ServedStore(
        store,
        settings,
        Map.of(),
        vertx -> {
          programs.set(new ProcessChildren(vertx));
          return programs.get();
        });
  }

  @Test
  void aThousandOfThemLeaveTheProcessAsItWasAndNoProgramInItsMiddle() throws Exception {
    int before = pipes();
    try (var server = served()) {
      Aborts aborts = new Aborts(server, LARGE);
      aborts.abort(100); // what is opened once is open now
      nothingIsUnderWay(server);

      aborts.abort(1000);

      nothingIsUnderWay(server);
      assertThat(store.connections().locks().underWay()).isZero();
      assertThat(programs.get().started().size()).as("most had to be ended").isGreaterThan(100);
      thoseThatAreLeftAreOfUse(server);
      server.stop();
      await().until(() -> programs.get().running() == 0);
    }
    await().until(() -> ProcessHandle.current().descendants().findAny().isEmpty());
    await().untilAsserted(() -> assertThat(pipes()).as("pipes").isLessThanOrEqualTo(before));
  }

  private static int pipes() {
    return OpenFiles.now().getOrDefault("pipe:", 0);
  }

  private void nothingIsUnderWay(ServedStore server) {
    await()
        .untilAsserted(() -> {
          assertThat(server.gauge("p2p_connections")).as("connections").isZero();
          assertThat(server.gauge("p2p_uploads")).as("uploads").isZero();
          assertThat(server.transfers()).as("transfers").isZero();
        });
    server.releaseLocks();
    assertThat(server.gauge("p2p_locks")).isZero();
    await()
        .untilAsserted(() -> {
          assertThat(store.connections().lent()).as("lent").isZero();
          assertThat(programs.get().running()).isEqualTo(store.connections().waiting());
          assertThat(store.connections().running()).isEqualTo(store.connections().waiting());
        });
  }

  /** One that was left in the middle of data would answer with the rest of it. */
  private void thoseThatAreLeftAreOfUse(ServedStore server) {
    int started = programs.get().started().size();
    int left = store.connections().waiting();
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < left; i++)
      clients.add(
          new RawClient(server.port())
              .send(
                  RawClient.request(
                      "GET", server.base() + "/v4/key/" + LARGE + "?clientuuid=c", "")));
    for (RawClient client : clients)
      try (client) {
        assertThat(client.read().bytes().length()).isEqualTo(LARGE_BYTES);
        String present = server.base() + "/v4/checkpresent?clientuuid=c&key=" + LARGE;
        assertThat(client.post(present).body()).isEqualTo("{\"present\":true}");
      }
    assertThat(programs.get().started()).hasSize(started);
  }
}
