package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.SnapshotStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** "demo" and "single" give away the snapshots of volume demo, "alone" does not. */
@Timeout(60)
class SnapshotExportsTest {
  private static final int UNKNOWN = OptionError.UNKNOWN.code();
  private static final int POLICY = OptionError.POLICY.code();

  private final MemoryVolume demo = MemoryVolume.named("demo", 1 << 20);
  private final TestServer server =
      TestServer.of(
          demo,
          Map.of(
              "listen",
              List.of("tcp://127.0.0.1:0"),
              "limits",
              Map.of("handshake", "4s"),
              "exports",
              Map.of(
                  "demo", Map.of("volume", "demo", "snapshots", "true"),
                  "alone", Map.of("volume", "demo", "read_only", "true"),
                  "elsewhere",
                      Map.of(
                          "volume", "demo",
                          "read_only", "true",
                          "snapshots", "true",
                          "allow", List.of("192.0.2.0/24")),
                  "single",
                      Map.of(
                          "volume", "demo",
                          "read_only", "true",
                          "snapshots", "true",
                          "connections_max", "1"))),
          "demo");

  @BeforeEach
  void snapshots() {
    demo.write(0, ByteBuffer.wrap("then".getBytes(UTF_8)));
    store().create("demo", "monday");
    demo.write(0, ByteBuffer.wrap("next".getBytes(UTF_8)));
    store().create("demo", "tuesday");
    demo.write(0, ByteBuffer.wrap("now!".getBytes(UTF_8)));
  }

  @AfterEach
  void stop() {
    server.close();
    assertThat(openSnapshots()).isEmpty();
  }

  @Test
  void aSnapshotIsServedAsTheVolumeWasAndIsNeverWritten() {
    try (var monday = server.connect().exportName("demo@monday");
        var tuesday = server.connect().exportName("demo@tuesday");
        var now = server.connect().exportName("demo")) {
      assertThat(monday.readData(0, 4)).isEqualTo("then".getBytes(UTF_8));
      assertThat(tuesday.readData(0, 4)).isEqualTo("next".getBytes(UTF_8));
      assertThat(now.readData(0, 4)).isEqualTo("now!".getBytes(UTF_8));
      assertThat(monday.write(0, (byte) 1).error()).isEqualTo(ErrorNumber.EPERM.code());
      assertThat(now.write(0, "more".getBytes(UTF_8)).error()).isZero();
      assertThat(monday.readData(0, 4)).isEqualTo("then".getBytes(UTF_8));
    }
  }

  @Test
  void aSnapshotHasTheSizeThatTheVolumeHad() {
    demo.resize(2 << 20);
    try (var client = asking(new ClientBytes().go("demo@monday"))) {
      client.read(8 + 4 + 4 + 4 + 2);
      assertThat(client.readLong()).isEqualTo(1 << 20);
      assertThat(ByteBuffer.wrap(client.read(2)).getShort() & Wire.EXPORT_READ_ONLY).isNotZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo@sunday",
        "alone@monday",
        "@monday",
        "demo@",
        "demo@mon/day",
        "nobody@monday"
      })
  void whatIsNoSnapshotOrNotGivenAwayIsUnknownAsAnyExportIs(String name) {
    assertThat(answer("nobody")).isEqualTo(UNKNOWN);
    assertThat(answer(name)).isEqualTo(UNKNOWN);
    assertThat(openSnapshots()).isEmpty();
  }

  @Test
  void whoMayNotHaveTheExportIsToldSoWhicheverSnapshotItAsksFor() {
    assertThat(answer("elsewhere@monday")).isEqualTo(POLICY);
    assertThat(answer("elsewhere@sunday")).isEqualTo(POLICY);
  }

  @Test
  void theConnectionsOfAnExportAreThoseOfItsSnapshotsAsWell() {
    try (var client = server.connect().exportName("single@monday")) {
      assertThat(client.readData(0, 4)).isEqualTo("then".getBytes(UTF_8));
      assertThat(answer("single")).isEqualTo(POLICY);
      assertThat(answer("single@tuesday")).isEqualTo(POLICY);
    }
    await().until(() -> answer("single@tuesday") == Wire.REP_INFO);
  }

  @Test
  void aSnapshotIsOpenOnceForAllItsClientsAndGivenBackByTheLast() {
    try (var one = server.connect().exportName("demo@monday")) {
      try (var another = server.connect().exportName("single@monday")) {
        assertThat(openSnapshots()).containsExactly("demo@monday");
        assertThat(another.readData(0, 4)).isEqualTo("then".getBytes(UTF_8));
      }
      await().until(() -> connections("single") == 0);
      assertThat(openSnapshots()).containsExactly("demo@monday");
      assertThat(one.readData(0, 4)).isEqualTo("then".getBytes(UTF_8));
    }
    await().until(() -> openSnapshots().isEmpty());
  }

  @Test
  void whoOnlyLooksKeepsOpenWhatItLookedAtLastAndNothingOnceItIsGone() {
    try (var client = asking(new ClientBytes().info("demo@monday").info("demo@tuesday"))) {
      untilAcknowledged(client);
      untilAcknowledged(client);
      await().until(() -> openSnapshots().equals(List.of("demo@tuesday")));
      client.send(new ClientBytes().info("demo"));
      untilAcknowledged(client);
      await().until(() -> openSnapshots().isEmpty());
      client.send(new ClientBytes().info("demo@monday"));
      untilAcknowledged(client);
      assertThat(openSnapshots()).containsExactly("demo@monday");
    }
    await().until(() -> openSnapshots().isEmpty());
  }

  @Test
  void aSnapshotThatTakesLongToOpenKeepsNobodyElseWaiting() {
    server.host().volumes().slow("demo@monday");
    ClientBytes all = new ClientBytes().go("demo@monday").request(Command.READ, 5, 0, 4);
    try (var patient = asking(all);
        var other = server.connect().exportName("demo")) {
      for (int i = 0; i < 20; i++) {
        assertThat(other.readData(0, 4)).isEqualTo("now!".getBytes(UTF_8));
      }
      server.host().volumes().openSlow("demo@monday");
      untilAcknowledged(patient);
      assertThat(patient.reply().error()).isZero();
      assertThat(patient.read(4)).isEqualTo("then".getBytes(UTF_8));
    }
  }

  @Test
  void aSnapshotThatDoesNotOpenInTimeIsAnsweredAndTheClientMayAskForSomethingElse() {
    server.host().volumes().slow("demo@monday");
    try (var client = asking(new ClientBytes().go("demo@monday"))) {
      assertThat(client.optionReply()).isEqualTo(UNKNOWN);
      client.send(new ClientBytes().go("demo@tuesday"));
      untilAcknowledged(client);
    }
    server.host().volumes().openSlow("demo@monday");
    await().until(() -> openSnapshots().isEmpty());
  }

  @Test
  void whoLeavesWhileItsSnapshotIsOpenedLeavesNothingBehind() {
    server.host().volumes().slow("demo@monday");
    asking(new ClientBytes().go("demo@monday")).close();
    try (var other = server.connect().exportName("demo")) {
      assertThat(other.readData(0, 4)).isEqualTo("now!".getBytes(UTF_8));
    }
    server.host().volumes().openSlow("demo@monday");
    await().until(() -> openSnapshots().isEmpty());
  }

  @Test
  void listShowsTheNewestSnapshotFirstBehindItsExport() {
    try (var client = asking(new ClientBytes().option(Option.LIST))) {
      assertThat(listed(client))
          .containsExactly(
              "alone",
              "demo",
              "demo@tuesday",
              "demo@monday",
              "single",
              "single@tuesday",
              "single@monday");
    }
    assertThat(openSnapshots()).isEmpty();
  }

  @Test
  void listShowsSoManySnapshotsAndEveryOneIsToBeHad() {
    for (int i = 0; i < 100; i++) store().create("demo", "s-" + i);
    try (var client = asking(new ClientBytes().option(Option.LIST))) {
      assertThat(listed(client))
          .filteredOn(name -> name.startsWith("demo@"))
          .hasSize(dev.penstock.nbd.config.Limits.SNAPSHOTS_LISTED_MAX)
          .startsWith("demo@s-99", "demo@s-98");
    }
    assertThat(answer("demo@monday")).isEqualTo(Wire.REP_INFO);
  }

  @Test
  void whoIsBarredFromAnExportIsEndedOnItsSnapshotsAsWell() {
    try (var client = server.connect().exportName("demo@monday")) {
      patch("demo", new JsonObject().put("allow", new JsonArray().add("192.0.2.0/24")));
      client.readToEnd();
    }
  }

  @Test
  void whoReadsThePastIsEndedWhenAnExportGivesItAwayNoMoreAndNobodyElseIs() {
    call(
        Method.PUT,
        "/v1/exports/made",
        new JsonObject().put("volume", "demo").put("read_only", true).put("snapshots", true));
    try (var past = server.connect().exportName("made@monday");
        var now = server.connect().exportName("made")) {
      patch("made", new JsonObject().put("snapshots", false));
      past.readToEnd();
      assertThat(now.readData(0, 4)).isEqualTo("now!".getBytes(UTF_8));
      assertThat(answer("made@monday")).isEqualTo(UNKNOWN);
    }
  }

  @Test
  void anExportOfASnapshotIsReadOnlyByNature() {
    Reply made =
        call(Method.PUT, "/v1/exports/past", new JsonObject().put("volume", "demo@monday"));
    assertThat(((Reply.Body.Json) made.body()).value().getBoolean("read_only")).isTrue();
    try (var client = server.connect().exportName("past")) {
      assertThat(client.readData(0, 4)).isEqualTo("then".getBytes(UTF_8));
      assertThat(client.write(0, (byte) 1).error()).isEqualTo(ErrorNumber.EPERM.code());
    }
    call(Method.DELETE, "/v1/exports/past", new JsonObject());
    await().until(() -> openSnapshots().isEmpty());
    for (var wrong : List.of("read_only", "snapshots")) {
      var body =
          new JsonObject().put("volume", "demo@monday").put(wrong, wrong.equals("snapshots"));
      assertThatThrownBy(() -> call(Method.PUT, "/v1/exports/past", body))
          .isInstanceOf(GatewayError.Invalid.class)
          .hasMessageContaining("demo@monday is a snapshot");
    }
  }

  private SnapshotStore store() {
    return server.host().volumes().snapshotStore();
  }

  private List<String> openSnapshots() {
    return server.host().volumes().openNames().stream().filter(name -> name.contains("@")).toList();
  }

  private int connections(String export) {
    Reply shown = call(Method.GET, "/v1/exports/" + export, new JsonObject());
    return ((Reply.Body.Json) shown.body()).value().getInteger("connections");
  }

  private void patch(String export, JsonObject patch) {
    call(Method.PATCH, "/v1/exports/" + export, patch);
  }

  private Reply call(Method method, String path, JsonObject body) {
    return TestServer.await(server.host().admin().call(method, path, body));
  }

  private RawClient asking(ClientBytes options) {
    return server.connect().send(new ClientBytes().fixedNoZeroes()).send(options);
  }

  /** The type of the first answer to GO. */
  private int answer(String export) {
    try (var client = asking(new ClientBytes().go(export))) {
      return client.optionReply();
    }
  }

  private static void untilAcknowledged(RawClient client) {
    int type = client.optionReply();
    while (type == Wire.REP_INFO) type = client.optionReply();
    assertThat(type).isEqualTo(Wire.REP_ACK);
  }

  private static List<String> listed(RawClient client) {
    List<String> names = new ArrayList<>();
    while (true) {
      client.read(8 + 4);
      int type = client.readInt();
      ByteBuffer data = ByteBuffer.wrap(client.read(client.readInt()));
      if (type != Wire.REP_SERVER) return names;
      byte[] name = new byte[data.getInt()];
      data.get(name);
      names.add(new String(name, UTF_8));
    }
  }
}
