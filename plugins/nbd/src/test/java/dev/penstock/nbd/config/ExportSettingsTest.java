package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportSettingsTest {
  private static final Optional<InetAddress> UNIX_SOCKET = Optional.empty();

  @ParameterizedTest(name = "allow {0}, from {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          all                   | 192.0.2.1   | true
          all                   | unix        | true
          local                 | 192.0.2.1   | false
          local                 | unix        | true
          10.0.0.0/8            | unix        | false
          10.0.0.0/8            | 10.1.1.1    | true
          local 10.0.0.0/8 ::1  | ::1         | true
          local 10.0.0.0/8 ::1  | unix        | true
          local 10.0.0.0/8 ::1  | 127.0.0.1   | false
          ''                    | unix        | false
          ''                    | 127.0.0.1   | false
          """)
  void whoIsAllowedIsInTheList(String words, String from, boolean allowed) {
    var list = words.isEmpty() ? List.<String>of() : List.of(words.split(" ", -1));
    var export = export(Map.of("volume", "v", "allow", list));
    var address = from.equals("unix") ? UNIX_SOCKET : Optional.of(InetAddress.ofLiteral(from));

    assertThat(export.allow().allows(address)).isEqualTo(allowed);
    assertThat(export.toJson().getJsonArray("allow")).isEqualTo(new JsonArray(list));
  }

  @Test
  void withoutAListEverybodyIsAllowed() {
    assertThat(export(Map.of("volume", "v")).allow()).isEqualTo(AllowList.EVERYBODY);
  }

  @Test
  void everySettingIsReadAndWrittenAlike() {
    var export =
        export(
            Map.ofEntries(
                Map.entry("volume", "v"),
                Map.entry("read_only", "true"),
                Map.entry("snapshots", "true"),
                Map.entry("description", "d"),
                Map.entry("allow", List.of("local", "10.0.0.0/8")),
                Map.entry("tls", "required"),
                Map.entry("connections_max", "3"),
                Map.entry("bandwidth", "100MiB"),
                Map.entry("read_bandwidth", "80MiB"),
                Map.entry("write_bandwidth", "40MiB"),
                Map.entry("iops", "5000"),
                Map.entry(
                    "block_size", Map.of("minimum", "512", "preferred", "8KiB", "maximum", "1MiB")),
                Map.entry("rotational", "true"),
                Map.entry("multi_conn", "false"),
                Map.entry("resize", "true")));

    assertThat(export.rates()).isEqualTo(new Rates(100 << 20, 80 << 20, 40 << 20, 5000));
    assertThat(export.blockSize()).isEqualTo(new BlockSize(512, 8192, 1 << 20));
    var again = ExportSettings.fromJson("e", new JsonObject(export.toJson().encode()));
    assertThat(again.toJson()).isEqualTo(export.toJson());
    assertThat(export.toJson().fieldNames()).containsAll(ExportSettings.OVERRIDABLE);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow       | 10.0.0.0/33 | is no network
          allow       | ''          | is no network
          tls         | maybe       | tls is "maybe"
          connections_max | -1          | a whole number
          bandwidth   | 1KiB        | 64KiB to 1TiB
          bandwidth   | 2TiB        | 64KiB to 1TiB
          iops        | many        | a whole number
          multi_conn  | perhaps     | true or false
          """)
  void aMistakeIsNamed(String key, String value, String what) {
    var problems = new Problems();
    read(Map.of("volume", "v", key, value), problems);
    assertThat(problems.inOrder())
        .singleElement()
        .extracting(Problems.Problem::what)
        .asString()
        .contains(what);
  }

  @ParameterizedTest(name = "volume {0}, read_only {1}, snapshots {2}: {3}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          demo             | -     | -     | writable
          demo             | -     | true  | writable
          demo             | true  | true  | read-only
          demo@monday      | -     | -     | read-only
          demo@monday      | true  | false | read-only
          demo@monday      | false | -     | demo@monday is a snapshot, which nobody writes
          demo@monday      | -     | true  | demo@monday is a snapshot, which has no snapshots
          demo@            | -     | -     | is no name for a snapshot
          @monday          | -     | -     | is no name for a volume
          demo@mon@day     | -     | -     | is no name for a snapshot
          """)
  void aSnapshotIsReadOnlyByNature(
      String volume, String readOnly, String snapshots, String becomes) {
    Map<String, String> settings = new HashMap<>(Map.of("volume", volume));
    if (readOnly != null) settings.put("read_only", readOnly);
    if (snapshots != null) settings.put("snapshots", snapshots);
    var problems = new Problems();
    ExportSettings export = read(settings, problems);
    if (problems.isEmpty())
      assertThat(export.readOnly() ? "read-only" : "writable").isEqualTo(becomes);
    else assertThat(problems.inOrder()).singleElement().asString().contains(becomes);
  }

  @Test
  void aSnapshotOfAnExportIsItsVolumesAndNobodyWritesIt() {
    var export = export(Map.of("volume", "v", "snapshots", "true", "resize", "true", "iops", "5"));
    ExportSettings monday = export.ofSnapshot("monday");
    assertThat(monday.name()).isEqualTo("e@monday");
    assertThat(monday.volume()).isEqualTo("v@monday");
    assertThat(monday.readOnly()).isTrue();
    assertThat(monday.resize()).isFalse();
    assertThat(monday.rates()).isEqualTo(export.rates());
  }

  @ParameterizedTest(name = "{0}/{1}/{2}: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1      | 4096  | 33554432 | true
          65536  | 65536 | 65536    | true
          512    | 512   | 1048576  | true
          3      | 4096  | 33554432 | false
          131072 | 131072| 33554432 | false
          1      | 256   | 33554432 | false
          4096   | 512   | 33554432 | false
          1      | 4096  | 4096     | false
          1      | 4096  | 67108864 | false
          4096   | 4096  | 100000   | false
          0      | 4096  | 33554432 | false
          """)
  void blockSizesAreThoseOfTheProtocol(int minimum, int preferred, int maximum, boolean right) {
    var problems = new Problems();
    Map<String, Integer> sizes =
        Map.of("minimum", minimum, "preferred", preferred, "maximum", maximum);
    read(Map.of("volume", "v", "block_size", sizes), problems);
    assertThat(problems.isEmpty()).isEqualTo(right);
  }

  @Test
  void severalConnectionsAreOnlyOfferedWhereThereIsRoomForThem() {
    assertThat(export(Map.of("volume", "v")).offersMultiConn()).isTrue();
    assertThat(export(Map.of("volume", "v", "connections_max", "1")).offersMultiConn()).isFalse();
    assertThat(export(Map.of("volume", "v", "multi_conn", "no")).offersMultiConn()).isFalse();
  }

  @Test
  void aPatchChangesWhatItNamesAndNullIsWhatWasConfigured() {
    var export = export(Map.of("volume", "v", "iops", "10", "bandwidth", "1MiB"));
    JsonObject configured = export.toJson();
    var patched = export.patched(new JsonObject().put("iops", 99).put("bandwidth", 0), configured);
    assertThat(patched.rates()).isEqualTo(new Rates(0, 0, 0, 99));
    assertThat(patched.patched(new JsonObject().putNull("iops"), configured).rates().iops())
        .isEqualTo(10);
    assertThat(patched.patched(new JsonObject().putNull("iops"), new JsonObject()).rates().iops())
        .isZero();
    assertThatThrownBy(() -> export.patched(new JsonObject().putNull("iosp"), configured))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void whatTheConfigurationChangesAfterwardsIsNoLongerOverridden() {
    var before = export(Map.of("volume", "v", "iops", "10", "bandwidth", "1MiB"));
    var patch = new JsonObject().put("iops", 99).put("bandwidth", 2 << 20);
    var wanted = before.patched(patch, before.toJson());
    var overrides = Overrides.NONE.with(patch, before.toJson(), wanted.toJson());
    var kept = Overrides.fromJson(new JsonObject(overrides.toJson().encode()));
    assertThat(before.with(kept).rates()).isEqualTo(new Rates(2 << 20, 0, 0, 99));
    assertThat(kept.configured())
        .isEqualTo(new JsonObject().put("iops", 10).put("bandwidth", 1 << 20));

    var edited = export(Map.of("volume", "v", "iops", "20", "bandwidth", "1MiB"));
    var standing = kept.standingOver(edited.toJson());
    assertThat(edited.with(standing).rates()).isEqualTo(new Rates(2 << 20, 0, 0, 20));
  }

  private static ExportSettings export(Map<String, ?> settings) {
    var problems = new Problems();
    ExportSettings export = read(settings, problems);
    assertThat(problems.inOrder()).isEmpty();
    return export;
  }

  private static ExportSettings read(Map<String, ?> settings, Problems problems) {
    var block = TestSettings.block("exports.e", settings);
    return ExportSettings.read("e", block.at(), block, problems);
  }
}
