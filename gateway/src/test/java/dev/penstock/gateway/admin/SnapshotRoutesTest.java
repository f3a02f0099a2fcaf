package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init") // made before each test
class SnapshotRoutesTest {
  private static final String MONDAY = "/v1/volumes/demo/snapshots/monday";

  @TempDir Path folder;

  private final FakeSubjects gateway = new FakeSubjects();
  private TestAdmin admin;

  @BeforeEach
  void start() {
    admin = new TestAdmin(folder, gateway);
    admin.withBody("PUT", "/v1/volumes/demo", "{\"size_bytes\": 1048576}");
    admin.call("PUT", MONDAY);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  @Test
  void aSnapshotIsCreatedUnderItsNameAndItsEtagIsItsGuid() {
    Answer made = admin.call("PUT", "/v1/volumes/demo/snapshots/tuesday");

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.header("Location")).contains("/v1/volumes/demo/snapshots/tuesday");
    assertThat(made.header("ETag")).contains("\"" + made.json().getString("guid") + "\"");
    assertThat(made.json().getDouble("held_seconds")).isEqualTo(0.012);
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, /v1/volumes/demo/snapshots/monday",
    "PUT, /v1/volumes/demo/snapshots/monday/holds/x",
    "DELETE, /v1/volumes/demo/snapshots/monday/holds/x",
    "GET, /v1/volumes/demo/snapshots/monday/diff"
  })
  void anotherSnapshotOfTheSameNameIsNotHit(String method, String path) {
    Answer stale = admin.call(method, path, "If-Match: \"00000000-0000-0000-0000-000000000001\"");
    assertThat(stale.status()).isEqualTo(412);
    String etag = admin.call("GET", MONDAY).header("ETag").orElseThrow();
    assertThat(admin.call(method, path, "If-Match: " + etag).status()).isLessThan(300);
  }

  @Test
  void aReaderLooksAndChangesNothing() {
    assertThat(admin.as(TestAdmin.READER, "GET", MONDAY).status()).isEqualTo(200);
    assertThat(admin.as(TestAdmin.READER, "GET", MONDAY + "/diff").status()).isEqualTo(200);
    assertThat(admin.as(TestAdmin.READER, "DELETE", MONDAY).status()).isEqualTo(403);
    assertThat(admin.as(TestAdmin.READER, "POST", "/v1/volumes/demo/verify").status())
        .isEqualTo(403);
    assertThat(admin.as(TestAdmin.READER, "DELETE", "/v1/leases/" + FakeSubjects.LEASE).status())
        .isEqualTo(403);
  }

  @Test
  void eachThatWasToBeDestroyedHasItsResult() {
    gateway.snapshots.inUse = Map.of("demo@monday", new GatewayError.Conflict("it is in use"));

    Answer answer =
        admin.withBody(
            "POST",
            "/v1/snapshots/destroy",
            "{\"snapshots\":[\"demo@monday\",{\"name\":\"demo@never\"}]}");

    assertThat(answer.status()).isEqualTo(200);
    JsonObject first = answer.json().getJsonArray("results").getJsonObject(0);
    assertThat(first.getBoolean("destroyed")).isFalse();
    assertThat(first.getString("type")).isEqualTo(Problem.TYPE_PREFIX + "conflict");
    assertThat(first.getString("reason")).isEqualTo("it is in use");
    assertThat(admin.call("DELETE", MONDAY).status()).isEqualTo(409);
  }

  @Test
  void aDifferenceSaysWhereItsNextPartBegins() {
    JsonObject part = admin.call("GET", MONDAY + "/diff?extents=3").json();
    assertThat(part.getJsonArray("extents")).hasSize(3);
    assertThat(part.getLong("next_offset")).isEqualTo(24576);

    JsonObject rest = admin.call("GET", MONDAY + "/diff?extents=3&offset=24576").json();
    assertThat(rest.getJsonArray("extents")).hasSize(1);
    assertThat(rest.containsKey("next_offset")).isFalse();
  }

  @Test
  void aCloneTakesNothingButItsOrigin() {
    String origin = "\"from\":\"demo@monday\"";
    assertThat(
            admin.withBody("PUT", "/v1/volumes/copy", "{" + origin + ",\"store\":\"x\"}").status())
        .isEqualTo(400);
    assertThat(admin.withBody("PUT", "/v1/volumes/copy", "{" + origin + "}").status())
        .isEqualTo(201);
  }

  @Test
  void aLookIsATask() {
    Answer begun = admin.call("POST", "/v1/volumes/demo/verify");
    assertThat(begun.status()).isEqualTo(202);
    assertThat(begun.header("Location")).contains("/v1/tasks/" + FakeSubjects.TASK);
  }

  @Test
  void aRepairIsATaskAndChangesNothingUnlessItIsAskedTo() {
    assertThat(admin.call("POST", "/v1/volumes/demo/repair").status()).isEqualTo(202);
    assertThat(admin.withBody("POST", "/v1/volumes/demo/repair", "{\"apply\":true}").status())
        .isEqualTo(202);

    assertThat(gateway.asked).endsWith("repair demo false", "repair demo true");
    assertThat(admin.as(TestAdmin.READER, "POST", "/v1/volumes/demo/repair").status())
        .isEqualTo(403);
    assertThat(admin.as(TestAdmin.READER, "GET", "/v1/volumes/demo/repair").status())
        .isEqualTo(200);
  }

  @Test
  void whatIsLeftOverIsToldAndOnlyWhatIsNamedIsMovedAside() {
    Answer told = admin.call("POST", "/v1/stores/disk/repair");
    assertThat(told.status()).isEqualTo(200);
    assertThat(told.json().getJsonArray("findings")).hasSize(1);
    assertThat(admin.withBody("POST", "/v1/stores/disk/repair", "{\"apply\":true}").status())
        .isEqualTo(400);
    admin.withBody("POST", "/v1/stores/disk/repair", "{\"layer\":\"7\",\"apply\":true}");

    assertThat(gateway.asked).endsWith("leftovers disk - false", "leftovers disk 7 true");
    assertThat(admin.as(TestAdmin.READER, "POST", "/v1/stores/disk/repair").status())
        .isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST | /v1/snapshots             | {\"snapshots\":[]}",
        "POST | /v1/snapshots             | {\"snapshots\":[\"demo\"]}",
        "POST | /v1/snapshots             | {\"snapshots\":[7]}",
        "POST | /v1/snapshots             | {\"snapshots\":[\"demo@x\"],\"limit\":\"51s\"}",
        "POST | /v1/snapshots/destroy     | {\"snapshots\":[{\"name\":\"demo@x\",\"guid\":\"7\"}]}",
        "POST | /v1/volumes/demo/rollback | {}",
        "POST | /v1/volumes/demo/repair   | {\"apply\":\"yes\"}",
        "PUT  | /v1/volumes/copy          | {\"from\":\"demo\"}"
      })
  void whatCanNeverWorkIsRefused(String method, String path, String body) {
    assertThat(admin.withBody(method, path, body).status()).isEqualTo(400);
  }
}
