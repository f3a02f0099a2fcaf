package dev.penstock.spi.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.TestSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BlockTest {
  private final Problems problems = new Problems();

  @Test
  void readsEachKindOfValue() {
    Block block =
        block(Map.of("name", "x", "threads", 4, "size", "64KiB", "limit", "10s", "create", "yes"));

    assertThat(block.text("name", "", problems)).isEqualTo("x");
    assertThat(block.integer("threads", 1, problems)).isEqualTo(4);
    assertThat(block.bytes("size", 0, problems)).isEqualTo(65536);
    assertThat(block.duration("limit", Duration.ZERO, problems)).isEqualTo(Duration.ofSeconds(10));
    assertThat(block.bool("create", false, problems)).isTrue();
    block.refuseOtherKeys(problems);
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void whatIsMissingIsTheDefaultAndNoProblem() {
    Block block = block(Map.of());

    assertThat(block.text("name", "otherwise", problems)).isEqualTo("otherwise");
    assertThat(block.integer("threads", 7, problems)).isEqualTo(7);
    assertThat(block.path("path", problems)).isEmpty();
    assertThat(block.texts("allow", List.of(), problems)).isEmpty();
    assertThat(block.block("tls", problems).keys()).isEmpty();
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void everyWrongValueIsAProblemWithItsLineAndReadingGoesOn() {
    Block block =
        block(
            new TreeMap<>(
                Map.of(
                    "a_size", "1GB", "b_limit", "10", "c_create", "perhaps", "d_threads", "-1")));

    assertThat(block.bytes("a_size", 5, problems)).isEqualTo(5);
    assertThat(block.duration("b_limit", Duration.ofDays(1), problems))
        .isEqualTo(Duration.ofDays(1));
    assertThat(block.bool("c_create", true, problems)).isTrue();
    assertThat(block.integer("d_threads", 3, problems)).isEqualTo(3);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::toString)
        .containsExactly(
            "/test/penstock.yaml:2: stores.disk: a_size is \"1GB\"; it takes a size such as 64KiB"
                + " or 1GiB",
            "/test/penstock.yaml:3: stores.disk: b_limit is \"10\"; it takes a duration such as"
                + " 250ms, 10s or 5m",
            "/test/penstock.yaml:4: stores.disk: c_create is \"perhaps\"; it takes true or false",
            "/test/penstock.yaml:5: stores.disk: d_threads is \"-1\"; it takes a whole number");
  }

  @Test
  void unknownKeysAreProblemsThatNameTheNearestKnownOne() {
    Block block = block(new TreeMap<>(Map.of("kep_last", 7, "zzzzzzzzz", 1)));

    block.integer("keep_last", 1, problems);
    block.refuseOtherKeys(problems);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .containsExactly(
            "kep_last is no key of stores.disk; did you mean keep_last?",
            "zzzzzzzzz is no key of stores.disk");
  }

  @Test
  void readingTwiceAnswersTheSame() {
    Block block = block(Map.of("size", "1GiB"));

    assertThat(block.bytes("size", 0, problems)).isEqualTo(block.bytes("size", 0, problems));
    block.refuseOtherKeys(problems);
    block.refuseOtherKeys(problems);
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void missingAndEmptyTextsThatAreRequiredAreOneProblemEach() {
    Block block = block(Map.of("kind", ""));

    assertThat(block.requiredText("kind", problems)).isEmpty();
    assertThat(block.requiredText("path", problems)).isEmpty();

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .containsExactly("stores.disk: path is missing", "stores.disk: kind is empty");
  }

  @Test
  void valuesOfTheWrongKindAreProblems() {
    Block block = block(Map.of("path", List.of("a"), "tls", List.of("b"), "allow", Map.of("c", 1)));

    block.path("path", problems);
    block.block("tls", problems);
    block.texts("allow", List.of(), problems);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .containsExactlyInAnyOrder(
            "stores.disk: path takes a plain value, not a list",
            "stores.disk: tls takes a block, not a list",
            "stores.disk: allow takes a list, not a block");
  }

  @Test
  void emptyMappingsAreWrittenAsNothing() {
    Block block = block(Map.of("nbd", ""));

    assertThat(block.block("nbd", problems).keys()).isEmpty();
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void onePlainValueIsAListOfOne() {
    Block block = block(Map.of("allow", "10.0.0.0/8"));

    assertThat(block.texts("allow", List.of(), problems))
        .extracting(Setting.Text::text)
        .containsExactly("10.0.0.0/8");
  }

  @Test
  void itemsOfAListAreCheckedEach() {
    Block block = block(Map.of("allow", List.of("a", List.of("b"), "c")));

    assertThat(block.texts("allow", List.of(), problems)).hasSize(2);
    assertThat(problems.count()).isEqualTo(1);
  }

  @Test
  void relativePathsBeginAtTheFolderOfTheFile() {
    Block block = block(new TreeMap<>(Map.of("a", "../data", "b", "/srv")));

    assertThat(block.path("a", problems)).contains(Path.of("/data"));
    assertThat(block.path("b", problems)).contains(Path.of("/srv"));
  }

  @Test
  void namedBlocksKeepTheirNamesAndPlaces() {
    Block block = block(Map.of("exports", new TreeMap<>(Map.of("a", Map.of("x", 1), "b", ""))));

    List<Block.Named> named = block.namedBlocks("exports", problems);

    assertThat(named).extracting(Block.Named::name).containsExactly("a", "b");
    assertThat(named.getFirst().block().name()).isEqualTo("stores.disk.exports.a");
    assertThat(named.getFirst().block().integer("x", 0, problems)).isEqualTo(1);
    assertThat(named.get(1).at().line()).isGreaterThan(named.getFirst().at().line());
  }

  private static Block block(Map<String, ?> settings) {
    return TestSettings.block("stores.disk", settings);
  }
}
