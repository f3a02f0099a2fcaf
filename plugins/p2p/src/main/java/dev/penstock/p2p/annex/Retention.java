package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.content.KeyStore;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Until when an object is not removed, whoever asks: {@code <unixtime>.<fraction>s} in a file
 * beside it. It outlives the process.
 */
final class Retention {
  private static final Pattern TIME = Pattern.compile("(\\d{1,12})(?:\\.(\\d+))?s?\\s*");
  private static final int NANO_DIGITS = 9;

  private final Disk disk;

  Retention(Disk disk) {
    this.disk = disk;
  }

  /** Empty if there is none. */
  Optional<Instant> until(ObjectPath object) {
    return disk.read(object.retention())
        .map(bytes -> parse(new String(bytes, US_ASCII)).orElseGet(() -> unreadable(object)));
  }

  /** The time of whoever wrote something else is when that was, and the usual length. */
  private Instant unreadable(ObjectPath object) {
    long nanos = disk.stat(object.retention()).map(Stat::changedAtNanos).orElse(0L);
    return Instant.ofEpochSecond(0, nanos).plus(KeyStore.RETENTION);
  }

  static Optional<Instant> parse(String text) {
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) return Optional.empty();
    String fraction = Optional.ofNullable(parts.group(2)).orElse("0") + "0".repeat(NANO_DIGITS);
    return Optional.of(
        Instant.ofEpochSecond(
            Long.parseLong(parts.group(1)), Long.parseLong(fraction.substring(0, NANO_DIGITS))));
  }

  static String format(Instant until) {
    return "%d.%09ds".formatted(until.getEpochSecond(), until.getNano());
  }

  /** For whoever has the folder open and the lock of this file. */
  void write(ObjectPath object, Instant until, RawPath by) {
    disk.replace(object.retention(), format(until).getBytes(US_ASCII), by);
  }

  void remove(ObjectPath object) {
    disk.unlink(object.retention());
    disk.unlink(object.retentionLock());
  }
}
