package dev.penstock.gateway.plugin;

import java.util.List;

/** The packages that plugins have from the host, and so must not bring themselves. */
final class LentPackages {
  static final List<String> PREFIXES =
      List.of(
          "dev.penstock.spi.",
          "io.vertx.",
          "io.netty.",
          "org.pf4j.",
          "org.slf4j.",
          "org.jspecify.");

  private static final List<String> FOLDERS =
      PREFIXES.stream().map(prefix -> prefix.replace('.', '/')).toList();

  private LentPackages() {}

  static boolean holdsClass(String className) {
    return PREFIXES.stream().anyMatch(className::startsWith);
  }

  /**
   * @param entry of a folder or jar of classes: {@code io/vertx/core/Vertx.class}
   */
  static boolean holdsEntry(String entry) {
    String plain = entry.replaceFirst("^META-INF/versions/\\d+/", "");
    return plain.endsWith(".class") && FOLDERS.stream().anyMatch(plain::startsWith);
  }
}
