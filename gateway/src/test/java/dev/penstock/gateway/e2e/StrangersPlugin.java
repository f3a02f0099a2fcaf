package dev.penstock.gateway.e2e;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Somebody else's plugin, built as he would: in a folder of his own, with javac, from the SPI's jar
 * and what its POM brings.
 */
final class StrangersPlugin {
  private static final Path SOURCES = Path.of("src/test/resources/stranger/org/stranger");

  private final Path folder;
  private final Path classes;
  private final String properties;

  StrangersPlugin(Path folder, String id, String version, String requires) throws IOException {
    this.folder = folder;
    this.classes = Files.createDirectories(folder.resolve("classes"));
    this.properties =
        """
        plugin.id=%s
        plugin.version=%s
        plugin.requires=%s
        plugin.provider=A stranger
        """
            .formatted(id, version, requires);
  }

  /** Compiles one of the sources, changed a little first. */
  StrangersPlugin compile(String source, String word, String replacement) throws IOException {
    Path file = Files.createDirectories(folder.resolve("src/org/stranger")).resolve(source);
    Files.writeString(file, Files.readString(SOURCES.resolve(source)).replace(word, replacement));
    Peer.run(
        Path.of(System.getProperty("java.home"), "bin", "javac"),
        "--release",
        "25",
        "-classpath",
        lent(),
        "-processor",
        "org.pf4j.processor.ExtensionAnnotationProcessor",
        "-d",
        classes,
        file);
    return this;
  }

  StrangersPlugin compile(String source) throws IOException {
    return compile(source, "", "");
  }

  /** Adds a file as it is. */
  StrangersPlugin add(String path, String content) throws IOException {
    Path file = classes.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return this;
  }

  Path zip(Path archive) throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(archive));
        Stream<Path> files = Files.walk(classes)) {
      entry(zip, "plugin.properties", properties.getBytes(StandardCharsets.ISO_8859_1));
      for (Path file : files.filter(Files::isRegularFile).sorted().toList())
        entry(zip, folder.relativize(file).toString(), Files.readAllBytes(file));
    }
    return archive;
  }

  static String sha256(Path archive) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(archive);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void entry(ZipOutputStream out, String name, byte[] content) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content);
  }

  /** The SPI's jar and what its POM brings, from the distribution. */
  private static String lent() throws IOException {
    List<String> brought =
        List.of("penstock-spi-", "vertx-core-", "pf4j-", "slf4j-api-", "jspecify-");
    try (Stream<Path> jars = Files.list(PackagedGateway.home().resolve("lib"))) {
      return jars.filter(jar -> brought.stream().anyMatch(jar.getFileName().toString()::startsWith))
          .map(Path::toString)
          .collect(Collectors.joining(":"));
    }
  }
}
