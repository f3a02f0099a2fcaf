package dev.penstock.volumes.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.manifest.Manifest.Incoming;
import dev.penstock.volumes.manifest.Manifest.Layer;
import dev.penstock.volumes.manifest.Manifest.Snapshot;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestFormatTest {
  private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final UUID GUID = UUID.fromString("00000000-0000-4000-8000-000000000001");

  private static Manifest withSnapshots() {
    return new Manifest(
        GUID,
        CREATED,
        7,
        3,
        8192,
        "c",
        Map.of(
            "a", new Layer(Optional.empty(), 4096),
            "b", new Layer(Optional.of("a"), 8192),
            "c", new Layer(Optional.of("b"), 8192)),
        Map.of("monday", new Snapshot("a", UUID.randomUUID(), CREATED, Set.of("backup"))),
        "d",
        Set.of("e", "f"),
        Optional.of(
            new Incoming("b", UUID.randomUUID(), "tuesday", CREATED, Optional.of(GUID), 4096)),
        true);
  }

  @Test
  void whatIsWrittenIsReadBackWithItsTreeOfLayers() {
    Manifest manifest = withSnapshots();

    assertThat(ManifestFormat.decode("m", ManifestFormat.encode(manifest))).isEqualTo(manifest);
  }

  @Test
  void aNewVolumesManifestReadsLikeThis() {
    assertThat(
            new String(
                ManifestFormat.encode(Manifest.ofNew(GUID, CREATED, 512, "a", "b")),
                StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {"format":1,"volume":"00000000-0000-4000-8000-000000000001",\
            "created":"2026-01-02T03:04:05.678Z","seq":1,"epoch":1,"size":512,"head":"a",\
            "layers":{"a":{"parent":null,"size":512}},"snapshots":{},"next":"b","dropped":[],\
            "crc32c":"ac72314e"}
            """);
  }

  /** No rule for names is counted on here: what a manifest cannot say would be lost. */
  @Test
  void namesAreReadBackWhateverIsInThem() {
    Manifest one = Manifest.ofNew(GUID, CREATED, 512, "a", "b");
    String odd = "\"\\\n\u0001\u007f\u2028ä€😀";
    Manifest named =
        one.edit()
            .snapshot(odd, new Snapshot("a", UUID.randomUUID(), CREATED, Set.of(odd, "plain")))
            .done();

    assertThat(ManifestFormat.decode("m", ManifestFormat.encode(named))).isEqualTo(named);
  }

  @Test
  void onlyReplicasSaySoThatOlderVersionsReadAllOthers() {
    Manifest one = Manifest.ofNew(GUID, CREATED, 512, "a", "b");
    Manifest replica = one.edit().replica(true).done();

    assertThat(text(one)).doesNotContain("replica");
    assertThat(text(replica)).contains("\"replica\":true");
    assertThat(text(replica.edit().replica(false).done())).doesNotContain("replica");
  }

  private static String text(Manifest manifest) {
    return new String(ManifestFormat.encode(manifest), StandardCharsets.UTF_8);
  }

  @Test
  void everyTruncationAndEveryChangedBitIsDamage() {
    byte[] whole = ManifestFormat.encode(withSnapshots());
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> ManifestFormat.decode("m", cut))
          .isInstanceOf(GatewayError.Damaged.class);
    }
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 4;
      assertThatThrownBy(() -> ManifestFormat.decode("m", changed))
          .as("byte %d", at)
          .isInstanceOfAny(GatewayError.Damaged.class, GatewayError.Unsupported.class);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          head    | "x"                                       | none of its layers
          size    | 4096                                      | its size is 4096
          size    | null                                      | size is missing
          size    | "many"                                    | makes no sense
          seq     | 0                                         | begin at 1
          volume  | "me"                                      | makes no sense
          created | "yesterday"                               | makes no sense
          layers  | {"a":{"parent":"c","size":1},"c":{"parent":"a","size":8192}} | its own ancestor
          layers  | {"a":{"parent":"z","size":1},"c":{"parent":null,"size":8192}} | layer z is a parent
          layers  | {"c":{"parent":null,"size":8192,"x":1}}   | member x
          layers  | {"c":{"parent":null,"size":8192}}         | snapshot monday is of layer a
          layers  | 7                                         | makes no sense
          replica | "yes"                                     | makes no sense
          copy    | true                                      | member copy
          """)
  void contradictionsAreRefused(String member, String value, String reason) {
    JsonObject json = SealedJson.open("m", ManifestFormat.encode(withSnapshots()), 1);
    json.put(member, new JsonObject("{\"value\":%s}".formatted(value)).getValue("value"));

    assertThatThrownBy(() -> ManifestFormat.decode("/m.json", SealedJson.seal(json)))
        .isInstanceOfAny(GatewayError.Damaged.class, GatewayError.Unsupported.class)
        .hasMessageContaining("/m.json")
        .hasMessageContaining(reason);
  }

  @Test
  void growingIsTheNextManifestOfTheSameVolume() {
    Manifest grown = Manifest.ofNew(GUID, CREATED, 512, "a").grownTo(1024);

    assertThat(grown.seq()).isEqualTo(2);
    assertThat(grown.volume()).isEqualTo(GUID);
    assertThat(grown.contradiction()).isEmpty();
    assertThat(grown.layers()).containsExactly(Map.entry("a", new Layer(Optional.empty(), 1024)));
  }
}
