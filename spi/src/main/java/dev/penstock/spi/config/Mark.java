package dev.penstock.spi.config;

import java.nio.file.Path;

/**
 * Where a setting stands.
 *
 * @param file as it was given to the gateway; never empty
 * @param line from 1
 * @since SPI 1.0
 */
public record Mark(String file, int line) {
  /** Where relative paths in the file begin: the folder that the file is in. */
  public Path folder() {
    Path folder = Path.of(file).toAbsolutePath().normalize().getParent();
    return folder == null ? Path.of("/") : folder;
  }

  @Override
  public String toString() {
    return file + ":" + line;
  }
}
