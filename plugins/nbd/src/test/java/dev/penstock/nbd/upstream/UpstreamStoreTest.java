package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.Samples;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Problems.Problem;
import dev.penstock.spi.testing.FakeStoreContext;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code VolumeStoreContract} asks of stores that make volumes does not apply: this one makes
 * and removes none. What it asks of every store is here.
 */
@Timeout(60)
class UpstreamStoreTest {
  private static final int SIZE = 1 << 20;

  private static List<String> problems(Map<String, ?> settings) {
    var problems = new Problems();
    var block = TestSettings.block("stores.far", settings);
    new UpstreamStore().validate(block, problems);
    var again = new Problems();
    new UpstreamStore().validate(block, again);
    assertThat(again.inOrder()).isEqualTo(problems.inOrder());
    return problems.inOrder().stream().map(Problem::what).toList();
  }

  private static Map<String, ?> volume(Map<String, ?> disk) {
    return Map.of("kind", "upstream", "volumes", Map.of("disk", disk));
  }

  @Test
  void waitsForTheNetworkAndSaysWhatItIs() {
    var descriptor = new UpstreamStore().descriptor();

    assertThat(descriptor.kind()).isEqualTo("upstream");
    assertThat(descriptor.waitsOn()).isEqualTo(WaitsOn.NETWORK);
    assertThat(new UpstreamStore().descriptor()).isEqualTo(descriptor);
  }

  @Test
  void settingsThatAreMissingAreNoProblemOrSaidSo() {
    assertThat(problems(Map.of())).isEmpty();
    assertThat(problems(volume(Map.of())))
        .containsExactly("stores.far.volumes.disk: uri is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          uri         | nowhere | write nbd://host:10809/export or nbd+unix:///export?socket=/path
          connections | 0       | connections is 0; it takes 1 to 16
          connections | 17      | connections is 17; it takes 1 to 16
          read_ahead  | 2MiB    | the most is 1048576 (1MiB)
          restarts    | never   | takes write-through or fail-flush or trusted
          conections  | 4       | did you mean connections?
          """)
  void settingsOfAVolumeThatAreWrongAreNamed(String key, String value, String what) {
    Map<String, String> disk = new java.util.HashMap<>(Map.of("uri", "nbd://host/disk"));
    disk.put(key, value);

    assertThat(problems(volume(disk))).singleElement().asString().contains(what);
  }

  @Test
  void otherSettingsThatAreWrongAreNamedToo() {
    var cased = Map.of("a", Map.of("uri", "nbd://Host/d"), "b", Map.of("uri", "nbd://hOST/d"));
    assertThat(problems(Map.of("volumes", cased))).singleElement().asString().contains("another");
    var twice = Map.of("a", Map.of("uri", "nbd://h/d"), "b", Map.of("uri", "nbd://h:10809/d"));
    assertThat(problems(Map.of("volumes", twice))).singleElement().asString().contains("another");
    assertThat(problems(Map.of("volumes", Map.of("a/b", Map.of("uri", "nbd://h/d")))))
        .singleElement()
        .asString()
        .contains("no name for a volume");
    assertThat(problems(Map.of("tls", Map.of("key", "/k"))))
        .containsExactly("stores.far.tls: certificate and key come together");
    assertThat(problems(Map.of("limits", Map.of("backoff_first", "1m"))))
        .singleElement()
        .asString()
        .contains("backoff_first is 60000 ms, and backoff_max 5000 ms");
    assertThat(problems(Map.of("limits", Map.of("requests", "0"), "qqqq", "1"))).hasSize(2);
  }

  @Test
  void aVolumeIsKnownBeforeAnybodyIsAskedAndItsSizeAfterwards() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      assertThat(store.store().list())
          .extracting(VolumeInfo::name, VolumeInfo::sizeBytes)
          .containsExactly(tuple("disk", 0L));
      assertThat(server.connections()).isZero();

      try (Volume volume = store.open()) {
        assertThat(volume.info()).isEqualTo(store.store().list().getFirst());
        assertThat(volume.info().sizeBytes()).isEqualTo(SIZE);
      }

      assertThat(store.store().list())
          .extracting(VolumeInfo::sizeBytes, VolumeInfo::createdAt)
          .containsExactly(tuple((long) SIZE, store.context().clock().instant()));
    }
  }

  @Test
  void ofAVolumeThatIsClosedNothingStaysInMemory() throws Exception {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of("read_ahead", "4KiB"))) {
      long before = living(Upstream.class);
      openAndClose(store.store(), before + 1);

      await().until(() -> living(Upstream.class) == before);
    }
  }

  private static void openAndClose(UpstreamStore store, long living) throws Exception {
    try (Volume volume = store.openVolume("disk")) {
      Samples.read(volume, 0, 512);
      assertThat(living(Upstream.class)).isEqualTo(living);
    }
  }

  /** How many of them the garbage collector does not take. */
  private static long living(Class<?> type) throws Exception {
    String all =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    return all.lines()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(line -> line.length > 3 && line[3].equals(type.getName()))
        .mapToLong(line -> Long.parseLong(line[1]))
        .sum();
  }

  @Test
  void volumesOfOthersAreNeitherMadeNorDestroyed() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      UpstreamStore far = store.store();

      assertThatThrownBy(() -> far.create("new", 4096))
          .isInstanceOf(GatewayError.Unsupported.class)
          .hasMessageContaining("name the URI of new under its volumes");
      assertThatThrownBy(() -> far.create("a/b", 4096)).isInstanceOf(GatewayError.Invalid.class);
      assertThatThrownBy(() -> far.remove("disk"))
          .isInstanceOf(GatewayError.Unsupported.class)
          .hasMessageContaining("take disk out of its volumes");
      assertThatThrownBy(() -> far.remove("nobody")).isInstanceOf(GatewayError.NotFound.class);
      assertThatThrownBy(() -> far.openVolume("nobody"))
          .isInstanceOf(GatewayError.NotFound.class)
          .hasMessageContaining("nobody");
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void aHostWithoutEventLoopsIsToldSo() {
    var store = new UpstreamStore();
    var context = FakeStoreContext.of("far", TestSettings.block("stores.far", Map.of()));

    assertThatThrownBy(() -> store.open(context)).isInstanceOf(GatewayError.Unsupported.class);
    store.close();
  }

  @Test
  void onePlaceIsOneVolumeForEver() {
    assertThat(UpstreamStore.guid(ServerUri.parse("nbd://host/disk", Path.of("/")).orElseThrow()))
        .isEqualTo(
            UpstreamStore.guid(
                ServerUri.parse("nbd://host:10809/disk", Path.of("/")).orElseThrow()))
        .hasToString("3a1c5b67-f50c-30ba-a987-52dbe311f6e8");
  }
}
