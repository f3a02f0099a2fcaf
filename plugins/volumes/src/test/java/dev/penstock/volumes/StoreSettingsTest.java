package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeStoreContext;
import dev.penstock.spi.testing.TestSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreSettingsTest {
  @TempDir private Path directory;

  private static List<String> problems(Map<String, ?> settings) {
    var problems = new Problems();
    StoreSettings.read(TestSettings.block("stores.disk", settings), problems);
    return problems.inOrder().stream().map(Problems.Problem::what).toList();
  }

  @Test
  void aPathIsEnough() {
    var problems = new Problems();

    var settings =
        StoreSettings.read(TestSettings.block("s", Map.of("path", "/srv/penstock")), problems);

    assertThat(problems.inOrder()).isEmpty();
    assertThat(settings)
        .contains(
            new StoreSettings(
                Path.of("/srv/penstock"),
                false,
                1_000,
                (16L << 40) - 4096,
                4_096,
                64L << 20,
                true));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          path             | /        | a store has a directory of its own
          path             | ''       | path is empty
          volumes_max      | 0        | volumes_max is 0; it is 1 to 100000
          volumes_max      | 100001   | volumes_max is 100001; it is 1 to 100000
          volumes_max      | lots     | a whole number
          volume_bytes_max | 100      | volume_bytes_max is 100; it is 512 to
          volume_bytes_max | big      | a size such as
          open_layers_max  | 0        | open_layers_max is 0; it is 1 to 1048576
          map_bytes_max    | 4096     | map_bytes_max is 4096; it is at least 1048576
          create_parents   | perhaps  | true or false
          native           | maybe    | true or false
          pth              | /srv     | did you mean path
          """)
  void everyWrongSettingIsAProblem(String key, String value, String problem) {
    Map<String, String> settings = new LinkedHashMap<>(Map.of("path", "/srv/x"));
    settings.put(key, value);

    assertThat(problems(settings)).singleElement().asString().contains(key).contains(problem);
  }

  @Test
  void relativePathsBeginAtTheConfigurationsFolder() {
    var settings =
        StoreSettings.read(
            TestSettings.block("s", Map.of("path", "../data/volumes")), new Problems());

    assertThat(settings).map(StoreSettings::path).contains(Path.of("/data/volumes"));
  }

  @Test
  void missingPathsAreAProblem() {
    assertThat(problems(Map.of())).containsExactly("stores.disk: path is missing");
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    assertThat(problems(Map.of("volumes_max", 0, "volume_bytes_max", 1, "colour", "red")))
        .hasSize(4);
  }

  @Test
  void theManualNamesEverySettingAndNoOther() throws IOException {
    String manual = Files.readString(Path.of("README.md"));
    var named =
        Pattern.compile("^\\| `([a-z_]+)` \\|", Pattern.MULTILINE)
            .matcher(manual)
            .results()
            .map((MatchResult match) -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    var settings =
        Arrays.stream(StoreSettings.class.getRecordComponents())
            .map(component -> keyOf(component.getName()))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(named).isEqualTo(settings);
    assertThat(manual)
        .contains("| 1000 |", "16 TiB", "create_parents: true")
        .contains("%d".formatted(StoreSettings.VOLUMES_MAX_MAX));
  }

  private static String keyOf(String component) {
    String key = component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    return key.equals("native_calls") ? "native" : key;
  }

  @Test
  void directoriesAboveTheStoreAreMadeOnlyIfAskedFor() {
    Path deep = directory.resolve("a").resolve("b").resolve("store");
    var store = new SparseFileStore();

    assertThatThrownBy(() ->
            store.open(FakeStoreContext.of("disk", TestSettings.block("s", Map.of("path", deep)))))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("create_parents");
    assertThat(directory).isEmptyDirectory();

    store.open(
        FakeStoreContext.of(
            "disk", TestSettings.block("s", Map.of("path", deep, "create_parents", "true"))));
    store.close();
    assertThat(deep).isDirectoryContaining("glob:**STORE");
  }

  @Test
  void theLimitsAreKeptAndNamed() {
    var store = new SparseFileStore();
    store.open(
        FakeStoreContext.of(
            "disk",
            TestSettings.block(
                "s",
                Map.of(
                    "path",
                    directory.resolve("s"),
                    "volumes_max",
                    1,
                    "volume_bytes_max",
                    "4KiB"))));
    store.create("one", 4096);

    assertThatThrownBy(() -> store.create("two", 4096))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("volumes_max");
    assertThatThrownBy(() -> store.create("two", 8192))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("volume_bytes_max");
    assertThatThrownBy(() -> store.create("two", 1000))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("multiple of 512");
    store.close();
  }
}
