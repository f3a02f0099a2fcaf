package dev.penstock.gateway.plugin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * A plugin's zip that was looked through: it is whole, says what it is, and brings nothing that the
 * host lends. No class of it was loaded yet.
 *
 * @param extensions the class names in its index
 */
public record PluginArchive(
    Path file, String sha256, PluginManifest manifest, List<String> extensions) {
  /** The largest of ours has 3 MiB; a plugin with a database inside still fits. */
  public static final long FILE_BYTES_MAX = 256L << 20;

  public static final long UNPACKED_BYTES_MAX = 1L << 30;
  public static final int ENTRIES_MAX = 20_000;
  private static final int TEXT_BYTES_MAX = 64 << 10;
  private static final String INDEX = "classes/META-INF/extensions.idx";

  public PluginArchive {
    extensions = List.copyOf(extensions);
  }

  /** Throws {@link GatewayError.Invalid} with the reason why the archive is refused. */
  public static PluginArchive read(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX)
        throw new GatewayError.Invalid(
            "the archive has more than %d MiB".formatted(FILE_BYTES_MAX >> 20));
      String sha256 = sha256(file);
      try (var zip = new ZipFile(file.toFile())) {
        checkEntries(zip);
        var manifest = manifest(zip);
        refuseLentClasses(zip);
        return new PluginArchive(file, sha256, manifest, extensions(zip));
      }
    } catch (ZipException e) {
      throw new GatewayError.Invalid("the archive is broken: " + e.getMessage());
    } catch (IOException e) {
      throw new GatewayError.Failed(Scope.RESOURCE, "%s cannot be read".formatted(file), e);
    } catch (IllegalArgumentException e) {
      throw new GatewayError.Invalid("the archive is broken: " + e.getMessage());
    }
  }

  static String sha256(Path file) throws IOException {
    try (var in = new DigestInputStream(Files.newInputStream(file), digest())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void checkEntries(ZipFile zip) {
    if (zip.size() > ENTRIES_MAX)
      throw new GatewayError.Invalid("the archive has more than %d entries".formatted(ENTRIES_MAX));
    Set<String> seen = new HashSet<>();
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String name = entry.getName();
      if (leadsOutside(name))
        throw new GatewayError.Invalid("the entry \"%s\" leads out of the archive".formatted(name));
      if (!seen.add(name))
        throw new GatewayError.Invalid("the entry \"%s\" is there twice".formatted(name));
    }
  }

  private static boolean leadsOutside(String name) {
    return name.startsWith("/")
        || name.indexOf('\\') >= 0
        || name.indexOf('\0') >= 0
        || List.of(name.split("/", -1)).contains("..");
  }

  private static PluginManifest manifest(ZipFile zip) throws IOException {
    ZipEntry entry = zip.getEntry("plugin.properties");
    if (entry == null)
      throw new GatewayError.Invalid("the archive has no plugin.properties at its root");
    var properties = new Properties();
    properties.load(new StringReader(text(zip, entry)));
    return PluginManifest.read(properties);
  }

  private static String text(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(TEXT_BYTES_MAX + 1);
      if (bytes.length > TEXT_BYTES_MAX)
        throw new GatewayError.Invalid(
            "%s has more than %d bytes".formatted(entry.getName(), TEXT_BYTES_MAX));
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static void refuseLentClasses(ZipFile zip) throws IOException {
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String name = entry.getName();
      if (name.startsWith("classes/") && LentPackages.holdsEntry(name.substring(8)))
        throw bundled(name);
      if (name.startsWith("lib/") && name.endsWith(".jar")) refuseLentClasses(zip, entry);
    }
  }

  private static void refuseLentClasses(ZipFile zip, ZipEntry jar) throws IOException {
    int entries = 0;
    try (var in = new ZipInputStream(zip.getInputStream(jar))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (++entries > ENTRIES_MAX)
          throw new GatewayError.Invalid(
              "%s has more than %d entries".formatted(jar.getName(), ENTRIES_MAX));
        if (LentPackages.holdsEntry(entry.getName()))
          throw bundled(jar.getName() + "!/" + entry.getName());
      }
    }
  }

  private static GatewayError bundled(String what) {
    return new GatewayError.Invalid(
        "it bundles %s: the gateway lends %s to plugins; give those the scope \"provided\""
            .formatted(what, "the SPI, Vert.x, Netty, pf4j, SLF4J and JSpecify"));
  }

  private static List<String> extensions(ZipFile zip) throws IOException {
    ZipEntry index = zip.getEntry(INDEX);
    if (index == null)
      throw new GatewayError.Invalid(
          "it has no %s: compile it with pf4j's annotation processor, which javac runs only if it is told to"
              .formatted(INDEX));
    List<String> names =
        text(zip, index)
            .lines()
            .map(line -> line.replaceFirst("#.*", "").trim())
            .filter(line -> !line.isEmpty())
            .toList();
    if (names.isEmpty())
      throw new GatewayError.Invalid("its %s names no extension".formatted(INDEX));
    return names;
  }

  /**
   * Unpacks into {@code <work>/<id>/<version>-<sha>}, so that no other build's classes are ever
   * taken for these.
   */
  Path unpack(Path work) {
    return unpack(work, UNPACKED_BYTES_MAX);
  }

  Path unpack(Path work, long bytesMax) {
    Path folder =
        work.resolve(manifest.id()).resolve(manifest.version() + "-" + sha256.substring(0, 16));
    try (var zip = new ZipFile(file.toFile())) {
      Folders.remove(folder);
      Files.createDirectories(folder);
      long left = bytesMax;
      for (ZipEntry entry : Collections.list(zip.entries()))
        left -= unpack(zip, entry, folder, left);
      return folder;
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.RESOURCE, "%s cannot be unpacked into %s".formatted(file, folder), e);
    }
  }

  private static long unpack(ZipFile zip, ZipEntry entry, Path folder, long bytesMax)
      throws IOException {
    Path target = folder.resolve(entry.getName()).normalize();
    if (!target.startsWith(folder))
      throw new GatewayError.Invalid(
          "the entry \"%s\" leads out of the archive".formatted(entry.getName()));
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return 0;
    }
    Files.createDirectories(target.getParent());
    try (InputStream in = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(target)) {
      return copy(in, out, bytesMax);
    }
  }

  /** Counts what really comes: the sizes in a zip's headers are only what somebody wrote there. */
  private static long copy(InputStream in, OutputStream out, long bytesMax) throws IOException {
    byte[] buffer = new byte[64 << 10];
    long copied = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      copied += read;
      if (copied > bytesMax)
        throw new GatewayError.Invalid(
            "the archive unpacks to more than %d MiB".formatted(UNPACKED_BYTES_MAX >> 20));
      out.write(buffer, 0, read);
    }
    return copied;
  }
}
