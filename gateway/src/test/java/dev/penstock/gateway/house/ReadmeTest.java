package dev.penstock.gateway.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's commands are the ones that work, and its links lead somewhere. */
class ReadmeTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");

  @Test
  void firstFencedLineAboutTheQuickstartStartsIt() {
    assertThat(fencedLines().stream().filter(line -> line.contains("quickstart")).findFirst())
        .contains("mvn -q -DskipTests -Pquickstart verify");
  }

  @Test
  void testCommandIsTheOneThatContinuousIntegrationRuns() {
    assertThat(fencedLines()).contains("mvn verify");
    assertThat(Repository.read(".ci/run")).contains("mvn -B verify -Dpeers.required=true");
  }

  @Test
  void saysWhatToDoWithoutTheRightJava() {
    assertThat(Repository.read("README.md"))
        .contains("Cannot find matching toolchain definitions for the following toolchain types");
  }

  @Test
  void linksLeadToFilesThatExist() {
    List<String> broken = new ArrayList<>();
    for (Path page : Repository.files(".md")) {
      Matcher link = LINK.matcher(Repository.read(Repository.root().relativize(page).toString()));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://") && !Files.exists(page.resolveSibling(target)))
          broken.add(Repository.root().relativize(page) + " -> " + target);
      }
    }

    assertThat(broken).isEmpty();
  }

  private static List<String> fencedLines() {
    List<String> lines = new ArrayList<>();
    boolean fenced = false;
    for (String line : Repository.read("README.md").lines().toList())
      if (line.startsWith("```")) fenced = !fenced;
      else if (fenced) lines.add(line);
    return lines;
  }
}
