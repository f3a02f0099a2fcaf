package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  @TempDir Path dir;

  @Test
  void keepsTheLineOfEveryKey() throws IOException {
    var problems = new Problems();

    var root = ConfigFile.read(written("a: 1\nb:\n  c: 2\n  d: [x, y]\n"), problems).orElseThrow();

    assertThat(problems.isEmpty()).isTrue();
    assertThat(root.at("b").line()).isEqualTo(2);
    assertThat(root.block("b", problems).at("d").line()).isEqualTo(4);
    assertThat(root.block("b", problems).texts("d", List.of(), problems)).hasSize(2);
  }

  @Test
  void readsAnEmptyFileAsABlockWithoutKeys() throws IOException {
    assertThat(problemsOf("# nothing\n")).isEmpty();
  }

  @Test
  void namesEveryKeyThatIsThereTwice() throws IOException {
    assertThat(problemsOf("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"))
        .isEqualTo("4: b.c is there twice\n5: a is there twice");
  }

  @Test
  void namesEveryLineThatIsIndentedWithATab() throws IOException {
    assertThat(problemsOf("a:\n\tb: 1\n\tc: 2\n"))
        .contains("2: the line is indented with a tab", "3: the line is indented with a tab");
  }

  @Test
  void refusesWhatWouldStandSomewhereElseThanItsLineSays() throws IOException {
    assertThat(problemsOf("a: &x 1\nb: *x\nc: !!int 3\n"))
        .contains("1: &x: anchors", "2: *x refers to another place", "3: tag:yaml.org,2002:int");
  }

  @Test
  void namesTheLineWhereTheYamlEnds() throws IOException {
    assertThat(problemsOf("a: 1\nb: [1, 2\nc: 3\n")).contains("this is not YAML").startsWith("3:");
  }

  @Test
  void refusesASecondDocument() throws IOException {
    assertThat(problemsOf("a: 1\n---\nb: 2\n")).contains("second document");
  }

  @Test
  void refusesBlocksThatAreNestedWithoutEnd() throws IOException {
    assertThat(problemsOf("a: " + "[".repeat(5000))).contains("more than 20 deep");
  }

  @Test
  void refusesAFileThatIsNoConfiguration() throws IOException {
    Path large = dir.resolve("disk.img");
    Files.write(large, new byte[ConfigFile.BYTES_MAX + 1]);

    assertThat(problemsOf(large)).contains("more than 1048576 bytes");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    assertThat(problemsOf(dir.resolve("gone.yaml"))).isEqualTo("1: there is no such file");
  }

  @Test
  void refusesTextThatIsNotUtf8() throws IOException {
    Path file = dir.resolve("latin1.yaml");
    Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xe4});

    assertThat(problemsOf(file)).contains("not written in UTF-8");
  }

  private String problemsOf(String text) throws IOException {
    return problemsOf(written(text));
  }

  private String problemsOf(Path file) {
    var problems = new Problems();
    ConfigFile.read(file, problems);
    return problems.inOrder().stream()
        .map(problem -> problem.at().line() + ": " + problem.what())
        .collect(Collectors.joining("\n"));
  }

  private Path written(String text) throws IOException {
    return Files.writeString(dir.resolve("gateway.yaml"), text);
  }
}
