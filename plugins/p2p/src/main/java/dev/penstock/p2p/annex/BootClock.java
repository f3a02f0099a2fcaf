package dev.penstock.p2p.annex;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Seconds since the machine was started, its sleep included ({@code CLOCK_BOOTTIME}): the clock
 * that git-annex's own servers of the same repository go by.
 */
@FunctionalInterface
interface BootClock {
  long seconds();

  /** The kernel's. {@code CLOCK_MONOTONIC} where it cannot be read. */
  BootClock KERNEL =
      () -> {
        try {
          String uptime = Files.readString(Path.of("/proc/uptime"));
          return Long.parseLong(uptime.substring(0, uptime.indexOf('.')));
        } catch (IOException | RuntimeException _) {
          return System.nanoTime() / 1_000_000_000;
        }
      };
}
