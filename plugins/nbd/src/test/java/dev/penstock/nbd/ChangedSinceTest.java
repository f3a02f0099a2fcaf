package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.VolumeCapability;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Grain 1 is written after monday, grain 2 after tuesday, the last one after both. */
@Timeout(60)
class ChangedSinceTest {
  private static final int GRAIN = MemoryVolume.GRAIN_BYTES;
  private static final int SIZE_BYTES = 16 * GRAIN;
  private static final String SINCE = "penstock:changed-since:";

  @TempDir Path dir;
  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private TestServer server;
  private SnapshotInfo monday;

  @BeforeEach
  void start() {
    server =
        TestServer.of(
            demo,
            Map.of(
                "listen",
                List.of("unix:" + dir.resolve("nbd.sock")),
                "exports",
                Map.of("demo", Map.of("volume", "demo", "snapshots", "true"))),
            "demo");
    monday = store().create("demo", "monday");
    write(1);
    store().create("demo", "tuesday");
    write(2);
    write(15);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest(name = "{0} of {1}, asked for \"{2}\": {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          LIST | demo         |                           | base:allocation tuesday monday
          LIST | demo         | penstock:                 | tuesday monday
          LIST | demo         | penstock:changed-since:   | tuesday monday
          LIST | demo         | penstock:changed-since:monday base:allocation | base:allocation monday
          LIST | demo         | penstock:changed-since:sunday | ''
          LIST | demo         | base:                     | base:allocation
          LIST | demo@tuesday | penstock:                 | tuesday monday
          LIST | demo@monday  | penstock:                 | monday
          SET  | demo         | penstock:                 | ''
          SET  | demo         | penstock:changed-since:monday | monday
          SET  | demo         | penstock:changed-since:sunday base:allocation | base:allocation
          SET  | demo@tuesday | penstock:changed-since:monday | monday
          SET  | demo@monday  | penstock:changed-since:tuesday | ''
          """)
  void aSnapshotIsOfferedIfWhatIsServedComesFromIt(
      String option, String export, String queries, String offered) {
    String[] words = queries == null ? new String[0] : queries.split(" ");
    assertThat(contexts(option, export, words))
        .map(name -> name.replace(SINCE, ""))
        .containsExactlyElementsOf(offered.isEmpty() ? List.of() : List.of(offered.split(" ")));
  }

  @Test
  void aVolumeThatDoesNotKnowWhatWasChangedOffersNothing() {
    var able = EnumSet.complementOf(EnumSet.of(VolumeCapability.CHANGES, VolumeCapability.REGIONS));
    server.host().volumes().add("plain", MemoryVolume.able(GRAIN, able));
    store().create("plain", "monday");
    server.addExport("plain");
    assertThat(contexts("LIST", "plain", "penstock:")).isEmpty();
    assertThat(contexts("SET", "plain", SINCE + "monday")).isEmpty();
  }

  @Test
  void onlyTheNewestAreListedAndEachIsOfferedByItsName() {
    for (int i = 0; i < 100; i++) store().create("demo", "s-" + i);
    assertThat(contexts("LIST", "demo", "penstock:"))
        .hasSize(dev.penstock.nbd.config.Limits.SNAPSHOTS_LISTED_MAX)
        .startsWith(SINCE + "s-99");
    assertThat(contexts("SET", "demo", SINCE + "monday")).containsExactly(SINCE + "monday");
  }

  @Test
  void whatWasWrittenSinceIsMarkedAndNothingElseIs() {
    try (var client = choosing(Option.STRUCTURED_REPLY, "demo", SINCE + "tuesday")) {
      assertThat(status(client)).containsExactly("8192 0", "4096 1", "49152 0", "4096 1");
      write(3);
      assertThat(status(client)).containsExactly("8192 0", "8192 1", "45056 0", "4096 1");
    }
  }

  @Test
  void betweenTwoSnapshotsItStaysTheSame() {
    try (var client = choosing(Option.STRUCTURED_REPLY, "demo@tuesday", SINCE + "monday")) {
      assertThat(status(client)).containsExactly("4096 0", "4096 1", "57344 0");
      write(3);
      assertThat(status(client)).containsExactly("4096 0", "4096 1", "57344 0");
    }
  }

  @Test
  void whenTheSnapshotIsDestroyedItsStatusIsInvalidAndAllElseGoesOn() {
    String[] both = {"base:allocation", SINCE + "monday"};
    try (var client = choosing(Option.EXTENDED_HEADERS, "demo", both)) {
      client.send(new ClientBytes().statusOf(1, 0, SIZE_BYTES, 1, 2));
      assertThat(client.extendedChunk(0).type()).isEqualTo(Wire.CHUNK_BLOCK_STATUS_EXT);
      assertThat(client.extendedChunk(0).done()).isTrue();

      assertThat(store().destroy("demo", List.of(monday.guid())).get(monday.guid())).isEmpty();
      store().create("demo", "monday"); // another one
      client.send(new ClientBytes().statusOf(2, 0, SIZE_BYTES, 1, 2));
      RawClient.Chunk refused = client.extendedChunk(0);
      assertThat(refused.done()).isTrue();
      assertThat(refused.payload().getInt()).isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(new String(refused.bytes(), UTF_8)).contains(SINCE + "monday", "destroyed");

      client.send(new ClientBytes().statusOf(3, 0, SIZE_BYTES, 1));
      assertThat(client.extendedChunk(0).type()).isEqualTo(Wire.CHUNK_BLOCK_STATUS_EXT);
      client.send(new ClientBytes().extended(Command.READ, 4, 0, 512));
      assertThat(client.extendedChunk(0).payload().remaining()).isGreaterThanOrEqualTo(512);
    }
  }

  @Test
  @Tag("peer")
  void nbdinfoMapsWhatWasChanged() {
    assertThat(map("demo", "monday"))
        .containsExactly("0 4096 0", "4096 8192 1", "12288 49152 0", "61440 4096 1");
    assertThat(map("demo", "tuesday"))
        .containsExactly("0 8192 0", "8192 4096 1", "12288 49152 0", "61440 4096 1");
    assertThat(map("demo@tuesday", "monday"))
        .containsExactly("0 4096 0", "4096 4096 1", "8192 57344 0");
  }

  @Test
  @Tag("peer")
  void nbdinfoShowsASnapshotAndListsIt() {
    assertThat(Peer.run("nbdinfo", "--json", server.uri("demo@monday")).out())
        .contains("\"export-name\": \"demo@monday\"")
        .contains("\"is_read_only\": true")
        .contains("\"export-size\": " + SIZE_BYTES)
        .contains(SINCE + "monday");
    assertThat(Peer.run("nbdinfo", "--list", server.uri("")).out())
        .contains("export=\"demo\"", "export=\"demo@tuesday\"", "export=\"demo@monday\"");
  }

  @Test
  @Tag("peer")
  void nbdcopyReadsASnapshotWhileTheVolumeIsWritten() throws Exception {
    write(0);
    Path copy = dir.resolve("copy");
    Peer.run("nbdcopy", server.uri("demo@monday"), copy);
    assertThat(java.nio.file.Files.readAllBytes(copy)).isEqualTo(new byte[SIZE_BYTES]);
  }

  private List<String> map(String export, String since) {
    return Peer.run("nbdinfo", "--map=" + SINCE + since, server.uri(export))
        .out()
        .lines()
        .map(line -> line.strip().replaceAll(" +", " "))
        .toList();
  }

  private SnapshotStore store() {
    return server.host().volumes().snapshotStore();
  }

  private void write(int grain) {
    demo.write((long) grain * GRAIN, ByteBuffer.wrap(new byte[] {1}));
  }

  private List<String> contexts(String option, String export, String... queries) {
    ClientBytes asking = new ClientBytes().fixedNoZeroes().option(Option.STRUCTURED_REPLY);
    try (var client = server.connect()) {
      client.send(
          option.equals("LIST")
              ? asking.listContext(export, queries)
              : asking.setContext(export, queries));
      assertThat(client.optionReply()).isEqualTo(Wire.REP_ACK);
      return contexts(client);
    }
  }

  private static List<String> contexts(RawClient client) {
    List<String> names = new ArrayList<>();
    while (true) {
      client.read(8 + 4);
      int type = client.readInt();
      byte[] data = client.read(client.readInt());
      if (type != Wire.REP_META_CONTEXT) {
        assertThat(type).isEqualTo(Wire.REP_ACK);
        return names;
      }
      names.add(new String(data, Integer.BYTES, data.length - Integer.BYTES, UTF_8));
    }
  }

  private RawClient choosing(Option dialect, String export, String... contexts) {
    RawClient client = server.connect();
    client.send(
        new ClientBytes().fixedNoZeroes().option(dialect).setContext(export, contexts).go(export));
    assertThat(client.optionReply()).isEqualTo(Wire.REP_ACK);
    assertThat(contexts(client)).containsExactly(contexts);
    assertThat(client.optionReply()).isEqualTo(Wire.REP_INFO);
    assertThat(client.optionReply()).isEqualTo(Wire.REP_ACK);
    return client;
  }

  /** Of the whole device, in one context. */
  private static List<String> status(RawClient client) {
    client.send(new ClientBytes().request(Command.BLOCK_STATUS, 9, 0, SIZE_BYTES));
    RawClient.Chunk chunk = client.chunk();
    assertThat(chunk.type()).isEqualTo(Wire.CHUNK_BLOCK_STATUS);
    ByteBuffer payload = chunk.payload();
    payload.getInt();
    List<String> descriptors = new ArrayList<>();
    while (payload.hasRemaining()) {
      descriptors.add(payload.getInt() + " " + payload.getInt());
    }
    return descriptors;
  }
}
