package dev.penstock.gateway.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The top folders are the architecture: who knows nothing but {@code ls} sees what extends what.
 */
class OneTopLevelTest {
  private static final Set<String> ALLOWED =
      Set.of(
          "pom.xml",
          "README.md",
          "LICENSE",
          "CHANGELOG.md",
          "spi",
          "gateway",
          "plugins",
          "conf",
          "benchmarks");

  @Test
  void onlyWhatTheDesignNamesStandsAtTheTop() {
    assertThat(Repository.list(Repository.root()))
        .extracting(path -> path.getFileName().toString())
        .filteredOn(name -> !name.startsWith("."))
        .isSubsetOf(ALLOWED)
        .containsAll(ALLOWED);
  }

  @Test
  void everyPluginHasItsManualPageAndItsProperties() {
    for (String plugin : Repository.plugins()) {
      assertThat(Repository.root().resolve("plugins").resolve(plugin))
          .isDirectoryContaining("glob:**/README.md")
          .isDirectoryContaining("glob:**/plugin.properties");
    }
  }

  @Test
  void changeLogSpeaksOfSecurityInEveryRelease() {
    String[] releases = Repository.read("CHANGELOG.md").split("(?m)^## ", -1);

    assertThat(releases).hasSizeGreaterThan(1);
    for (int i = 1; i < releases.length; i++)
      assertThat(releases[i]).as("release %d", i).contains("**Security**");
  }
}
