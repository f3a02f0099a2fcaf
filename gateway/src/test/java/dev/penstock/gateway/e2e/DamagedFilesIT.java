package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is newer, cut short or missing is refused by name, and not a byte is touched. */
@Timeout(120)
class DamagedFilesIT {
  private static final String SMALL =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 1MiB } }
      """;

  @TempDir static Path served = Path.of("");
  @TempDir Path folder = Path.of("");

  private PackagedGateway gateway = PackagedGateway.unstarted();

  @BeforeAll
  static void serveOnce() {
    PackagedGateway once = PackagedGateway.serving(served, SMALL).start();
    assertThat(once.cli("token", "create", "--role", "reader", "looker").exit()).isZero();
    assertThat(once.stop()).isZero();
  }

  @BeforeEach
  void copyWhatWasServed() {
    gateway = PackagedGateway.serving(folder, SMALL);
    for (String top : new String[] {"volumes", "state"})
      Peer.run("cp", "-a", served.resolve(top), gateway.file(top));
  }

  @Test
  void storeOfANewerFormatIsRefused() throws Exception {
    Path store = gateway.file("volumes/STORE");
    newer(store);

    assertRefused("STORE");
  }

  @Test
  void storeThatIsCutShortIsRefused() throws Exception {
    cut(gateway.file("volumes/STORE"));

    assertRefused("STORE");
  }

  @Test
  void storeWithoutItsIdentityIsRefused() throws Exception {
    Files.delete(gateway.file("volumes/STORE"));

    assertRefused("STORE");
  }

  @Test
  void manifestOfANewerFormatCostsItsVolumeOnly() throws Exception {
    newer(gateway.file("volumes/volumes/demo/manifest.json"));

    assertVolumeRefused();
  }

  @Test
  void manifestThatIsCutShortCostsItsVolumeOnly() throws Exception {
    cut(gateway.file("volumes/volumes/demo/manifest.json"));

    assertVolumeRefused();
  }

  @Test
  void manifestThatIsMissingCostsItsVolumeOnly() throws Exception {
    Files.delete(gateway.file("volumes/volumes/demo/manifest.json"));

    assertVolumeRefused();
  }

  @Test
  void stateOfANewerFormatIsRefused() throws Exception {
    newer(gateway.file("state/GATEWAY"));

    assertRefused("GATEWAY");
  }

  @Test
  void stateThatIsCutShortIsRefused() throws Exception {
    cut(gateway.file("state/gateway.state"));

    assertRefused("gateway.state");
  }

  @Test
  void stateThatIsMissingIsRefused() throws Exception {
    Files.delete(gateway.file("state/gateway.state"));

    assertRefused("gateway.state");
  }

  /** The gateway serves what else it has, and says what is wrong. */
  private void assertVolumeRefused() throws IOException {
    Map<Path, String> before = contents();

    gateway.start();
    gateway.await(() -> gateway.log().contains("volume refused"));
    assertThat(gateway.log()).contains("manifest.json");
    Peer.Result other = gateway.cli("volume", "create", "other", "1MiB");
    assertThat(other.exit()).as(other.text()).isZero();
    assertThat(gateway.cli("volume", "list").text()).contains("demo", "other");
    assertThat(gateway.stop()).isZero();

    Map<Path, String> after = contents();
    before.forEach((file, content) -> {
      if (file.startsWith(gateway.file("volumes")))
        assertThat(after).as("nothing of it was touched").containsEntry(file, content);
    });
  }

  private void assertRefused(String name) throws IOException {
    Map<Path, String> before = contents();

    Peer.Result refusal = gateway.refusal();

    assertThat(refusal.exit()).as(refusal.text()).isEqualTo(6);
    assertThat(refusal.text()).contains(name);
    assertThat(contents()).as("nothing was touched").isEqualTo(before);
  }

  /** Every file below the store and the state but the notes of who has it, as it is. */
  private Map<Path, String> contents() throws IOException {
    Map<Path, String> contents = new TreeMap<>();
    for (String top : new String[] {"volumes", "state"})
      try (Stream<Path> files = Files.walk(gateway.file(top))) {
        for (Path file : files.filter(Files::isRegularFile).toList())
          if (!file.getFileName().toString().matches("HOLDER|LOCK"))
            contents.put(file, StrangersPlugin.sha256(file));
      }
    return contents;
  }

  /** The first number in the file becomes a larger one: that of its format. */
  private static void newer(Path file) throws IOException {
    String text = Files.readString(file);
    String newer = text.replaceFirst("\\d+", "99");
    assertThat(newer).as("%s has a format number: %s", file, text).isNotEqualTo(text);
    Files.writeString(file, newer);
  }

  private static void cut(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
  }
}
