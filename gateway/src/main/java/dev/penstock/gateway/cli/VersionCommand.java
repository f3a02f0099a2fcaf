package dev.penstock.gateway.cli;

import dev.penstock.spi.SpiVersion;
import java.util.Optional;
import picocli.CommandLine.Command;

/** Which version this is. */
@Command(name = "version", description = "Shows which version this is.")
final class VersionCommand extends Group {
  /** From the jar's manifest; there is none while the gateway is being developed. */
  static String version() {
    return Optional.ofNullable(Penstock.class.getPackage().getImplementationVersion())
        .orElse("development");
  }

  static String text() {
    return "penstock %s (SPI %s, Java %s)"
        .formatted(version(), SpiVersion.CURRENT, Runtime.version());
  }

  @Override
  public void run() {
    done(
        body()
            .put("version", version())
            .put("spi_version", SpiVersion.CURRENT)
            .put("java_version", Runtime.version().toString()),
        text());
  }
}
