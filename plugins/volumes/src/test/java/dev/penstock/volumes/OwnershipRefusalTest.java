package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.OwnershipFormat;
import dev.penstock.volumes.manifest.SealedJson;
import dev.penstock.volumes.manifest.StoreFiles;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A record of who owns a volume that cannot be read refuses that volume, and nothing else. */
class OwnershipRefusalTest {
  private static final byte[] RECORD = OwnershipFormat.encode("demo", Ownership.PLAIN);
  private static final StreamHeader HEADER =
      new StreamHeader(
          UUID.randomUUID(),
          Optional.empty(),
          UUID.randomUUID(),
          "monday",
          Instant.EPOCH,
          64 << 10,
          0);

  private final SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);

  /** Of a store that has records. */
  private void put(String file, byte[] bytes) {
    try (Store store = CrashRun.open(disk)) {
      store.ownerships().keep("elsewhere", Ownership.NONE);
    }
    new StoreFiles(disk).write(Layout.owners(file), bytes);
  }

  static Stream<Arguments> whatCannotBeRead() {
    JsonObject sound = SealedJson.open("r", RECORD, OwnershipFormat.VERSION);
    byte[] changed = RECORD.clone();
    changed[20] ^= 1;
    return Stream.of(
        Arguments.of("empty", new byte[0], "0 bytes"),
        Arguments.of("truncated", Arrays.copyOf(RECORD, RECORD.length - 9), "truncated"),
        Arguments.of("changed", changed, "checksum"),
        Arguments.of("of a newer format", sealed(sound.copy().put("format", 2)), "format 2"),
        Arguments.of("with a member nobody knows", sealed(sound.copy().put("x", 1)), "member x"),
        Arguments.of(
            "in a phase nobody knows", sealed(inPhase(sound, "lost")), "\"phase\":\"lost\""),
        Arguments.of("of nothing", sealed(new JsonObject().put("volume", "demo")), "no sense"),
        Arguments.of(
            "of another volume", OwnershipFormat.encode("one", Ownership.PLAIN), "of volume one"));
  }

  private static byte[] sealed(JsonObject json) {
    return SealedJson.seal(json);
  }

  private static JsonObject inPhase(JsonObject sound, String phase) {
    JsonObject changed = sound.copy();
    changed.getJsonObject("ownership").put("phase", phase);
    return changed;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("whatCannotBeRead")
  void theVolumeIsRefusedByNameAndTheRecordStays(String how, byte[] bytes, String why) {
    try (Store store = CrashRun.open(disk)) {
      store.create("demo", 8192);
      store.create("other", 8192);
    }
    put("demo.json", bytes);

    try (Store store = CrashRun.open(disk)) {
      for (Runnable call :
          List.<Runnable>of(
              () -> store.ownerships().find("demo"),
              () -> store.ownerships().keep("demo", Ownership.PLAIN),
              () -> store.ownerships().forget("demo"),
              () -> store.openVolume("demo"),
              () -> store.setReplica("demo", true),
              () -> store.remove("demo"),
              () -> store.snapshots().create("demo", "monday")))
        assertThatThrownBy(call::run)
            .as(how)
            .isInstanceOf(GatewayError.Damaged.class)
            .hasMessageContaining("who owns volume demo")
            .hasMessageContaining("/simulated/owners/demo.json")
            .hasMessageContaining(why);
      assertThat(store.ownerships().names()).containsExactlyInAnyOrder("demo", "elsewhere");
      assertThat(store.ownerships().find("elsewhere")).contains(Ownership.NONE);
      store.openVolume("other").close();
      store.remove("other");
      store.create("another", 8192);
      assertThat(damages(store, "demo")).singleElement().asString().contains(why);
    }
    assertThat(new StoreFiles(disk).read("owners/demo.json")).isEqualTo(bytes);
    disk.unlink("owners/demo.json");
    try (Store store = CrashRun.open(disk)) {
      assertThat(store.ownerships().find("demo")).isEmpty();
      store.openVolume("demo").close();
    }
  }

  /** By an old record from a backup the volume may have two owners. */
  @Test
  void nobodyIsAdvisedToTakeARecordFromABackup() {
    put("demo.json", new byte[0]);
    try (Store store = CrashRun.open(disk)) {
      assertThatThrownBy(() -> store.ownerships().find("demo"))
          .hasMessageContaining("ask the gateways")
          .message()
          .doesNotContain("backup");
    }
  }

  /** It may have been handed over, and its data unlinked: whatever comes next of its name waits. */
  @Test
  void nothingIsMadeOrReceivedUnderTheNameOfARecordThatCannotBeRead() {
    put("demo.json", new byte[0]);
    try (Store store = CrashRun.open(disk)) {
      assertThat(store.list()).extracting(VolumeInfo::name).containsExactly("demo");
      assertThatThrownBy(() -> store.create("demo", 8192))
          .isInstanceOf(GatewayError.Conflict.class);
      assertThatThrownBy(() -> store.snapshots().receive("demo", HEADER))
          .isInstanceOf(GatewayError.Conflict.class);
    }
  }

  @Test
  void whatIsBeingReceivedStaysWhileTheRecordCannotBeRead() {
    try (Store store = CrashRun.open(disk);
        Receiving receiving = store.snapshots().receive("demo", HEADER)) {
      receiving.data(0, CrashModel.sectors(7, 8));
    }
    put("demo.json", new byte[0]);
    List<String> layers = disk.list(Layout.LAYERS);

    try (Store store = CrashRun.open(disk)) {
      assertThatThrownBy(() -> store.snapshots().receive("demo", HEADER))
          .isInstanceOf(GatewayError.Conflict.class);
      store.snapshots().discardPartial("demo");
    }

    assertThat(disk.list(Layout.LAYERS)).isEqualTo(layers);
    disk.unlink("owners/demo.json");
    try (Store store = CrashRun.open(disk);
        Receiving again = store.snapshots().receive("demo", HEADER)) {
      again.complete();
    }
  }

  /** As a crash leaves it between the manifest and the name. */
  @Test
  void whatWasReceivedGetsItsNameAndIsRefusedUnderIt() {
    try (Store store = CrashRun.open(disk);
        Receiving receiving = store.snapshots().receive("demo", HEADER)) {
      receiving.complete();
    }
    disk.rename(Layout.volume("demo"), Layout.volume(Layout.incomingVolume("demo")));
    put("demo.json", new byte[0]);

    for (int twice = 0; twice < 2; twice++)
      try (Store store = CrashRun.open(disk)) {
        assertThatThrownBy(() -> store.openVolume("demo")).isInstanceOf(GatewayError.Damaged.class);
        assertThatThrownBy(() -> store.remove("demo")).isInstanceOf(GatewayError.Damaged.class);
        assertThat(store.list()).extracting(VolumeInfo::name).containsExactly("demo");
      }
    disk.unlink("owners/demo.json");
    try (Store store = CrashRun.open(disk)) {
      assertThat(store.snapshots().list("demo")).hasSize(1);
    }
  }

  @Test
  void storesWithoutARecordHaveNoFolderForThem() {
    try (Store store = CrashRun.open(disk)) {
      store.create("demo", 8192);
      store.ownerships().forget("demo");
      assertThat(store.ownerships().names()).isEmpty();
    }
    assertThat(disk.list("")).doesNotContain("owners");
  }

  @Test
  void whatWasHalfWrittenIsRemovedAndWhatIsNoRecordStaysAndIsTold() {
    put("demo.tmp", new byte[] {'{'});
    put("notes.txt", RECORD);
    put("-x.json", RECORD);

    try (Store store = CrashRun.open(disk)) {
      assertThat(store.ownerships().names()).containsExactly("elsewhere");
      assertThat(store.leftovers().findings())
          .extracting(Finding::what)
          .containsExactlyInAnyOrder(
              "/simulated/owners/notes.txt is nothing that a store makes; left alone",
              "/simulated/owners/-x.json is nothing that a store makes; left alone");
    }
    assertThat(disk.list("owners")).containsExactly("-x.json", "elsewhere.json", "notes.txt");
  }

  @Test
  void verifyingTellsOfARecordThatIsNotWhatWasWritten() {
    try (Store store = CrashRun.open(disk)) {
      store.create("demo", 8192);
      store.ownerships().keep("demo", Ownership.NONE);
      assertThat(damages(store, "demo")).isEmpty();

      new StoreFiles(disk).write("owners/demo.json", RECORD);
      assertThat(damages(store, "demo")).singleElement().asString().contains("not what was");
      disk.unlink("owners/demo.json");
      assertThat(damages(store, "demo")).singleElement().asString().contains("owners/demo.json");
    }
  }

  private static List<String> damages(Store store, String volume) {
    List<String> damages = new ArrayList<>();
    store.verify(
        volume,
        new Verifying() {
          @Override
          public void reached(long units, long unitsTotal) {}

          @Override
          public void found(Finding finding) {
            if (finding.weight() == Finding.Weight.DAMAGE) damages.add(finding.what());
          }
        });
    return damages;
  }

  @Test
  void recordsWithoutTheStoreTheyAreOfAreNoPlaceForANewOne() {
    put("demo.json", RECORD);
    for (String file : List.of(Layout.STORE, Layout.HOLDER)) disk.unlink(file);
    for (String directory : List.of(Layout.LAYERS, Layout.VOLUMES)) disk.removeDirectory(directory);

    assertThatThrownBy(() -> CrashRun.open(disk))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("STORE is missing");
    assertThat(disk.list("")).containsExactly("owners");
  }

  @Test
  void aRecordReadsLikeThis() {
    assertThat(new String(RECORD, StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {"format":1,"volume":"demo","ownership":{"phase":"owner",\
            "recorded":[0,"00000000-0000-0000-0000-000000000000"],\
            "owned":[0,"00000000-0000-0000-0000-000000000000"]},"crc32c":"%s"}
            """
                .formatted(new String(RECORD, RECORD.length - 11, 8, StandardCharsets.UTF_8)));
    assertThat(OwnershipFormat.decode("r", "demo", RECORD)).isEqualTo(Ownership.PLAIN);
  }
}
