package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Repositories without git, and stores of them. */
final class AnnexFixture {
  static final String UUID = "0a0b0c0d-1111-4222-8333-444444444444";

  private AnnexFixture() {}

  /** A folder with what a store looks for. */
  static Path bare(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config"), config(true, "10"), UTF_8);
    return folder;
  }

  /** A working tree with what a store looks for. */
  static Path withTree(Path folder) throws IOException {
    Path git = Files.createDirectories(folder.resolve(".git"));
    Files.writeString(git.resolve("config"), config(false, "10"), UTF_8);
    return folder;
  }

  static String config(boolean bare, String version) {
    return """
    [core]
    \trepositoryformatversion = 0
    \tbare = %s
    [annex]
    \tuuid = %s
    \tversion = %s
    """
        .formatted(bare, UUID, version);
  }

  static FakeKeyStoreContext context(Path folder, Vertx vertx, Children children, FakeClock clock) {
    return new FakeKeyStoreContext(
        "data",
        TestSettings.block("repositories.data", Map.of("path", folder)),
        vertx,
        children,
        clock);
  }

  static KeyStore open(Disk disk, FakeKeyStoreContext context) {
    AnnexStore store = new AnnexStore(disk);
    Settled.done(store.open(context));
    return store;
  }

  /** Every file below a folder, whatever its name. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  /** What JUnit could not: folders of objects cannot be written in. */
  static void thaw(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      all.filter(Files::isDirectory).forEach(one -> one.toFile().setWritable(true));
    }
  }
}
