package dev.penstock.gateway.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a gateway would refuse must not be built in the first place. */
class PluginArchivesIT {
  static Stream<String> plugins() {
    return Repository.plugins().stream();
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void archivesNameTheirExtensionsAndBringNothingThatIsLent(String plugin) throws Exception {
    List<Path> archives =
        Repository.list(Repository.root().resolve("plugins/" + plugin + "/target")).stream()
            .filter(file -> file.toString().endsWith(".zip"))
            .toList();
    assertThat(archives).as("archives of %s", plugin).hasSize(1);

    try (ZipFile zip = new ZipFile(archives.getFirst().toFile())) {
      List<String> names = zip.stream().map(ZipEntry::getName).toList();

      assertThat(names).contains("plugin.properties", "classes/META-INF/extensions.idx");
      assertThat(names)
          .noneMatch(name ->
              name.matches("classes/(dev/penstock/spi|io/vertx|io/netty|org/slf4j|org/pf4j)/.*"))
          .noneMatch(name -> name.matches("lib/(penstock-spi|vertx|netty|slf4j|pf4j|jspecify).*"));
    }
  }
}
