package dev.penstock.replication.forward;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What time it is here, for others to say back: so a gateway knows by its own clock how long what
 * comes in can have been on its way, whatever held it up. And which process it is of: who hears
 * another one knows that the one before is gone, and what it had not made durable with it.
 *
 * <p><b>Threads.</b> Any.
 */
final class Pulse {
  private static final long NANOS = 1_000_000;

  private final String process;
  private final LongSupplier nanoClock;

  /**
   * @param process no other process of a gateway is called so
   */
  Pulse(String process, LongSupplier nanoClock) {
    this.process = process;
    this.nanoClock = nanoClock;
  }

  /** That of this process: the same one again when only the module starts anew. */
  static Pulse ofThisProcess() {
    ProcessHandle self = ProcessHandle.current();
    long began = self.info().startInstant().map(at -> at.toEpochMilli()).orElse(0L);
    return new Pulse("%x-%x".formatted(self.pid(), began), System::nanoTime);
  }

  String now() {
    return process + "." + nanoClock.getAsLong() / NANOS;
  }

  /** Whether this process said that, and not longer ago. */
  boolean isFresh(Optional<String> heard, Duration most) {
    String prefix = process + ".";
    if (heard.isEmpty() || !heard.get().startsWith(prefix)) return false;
    try {
      long then = Long.parseLong(heard.get().substring(prefix.length()));
      long ago = nanoClock.getAsLong() / NANOS - then;
      return ago >= 0 && ago <= most.toMillis();
    } catch (NumberFormatException none) {
      return false;
    }
  }

  /** Which process said that. */
  static String process(String said) {
    int dot = said.lastIndexOf('.');
    return dot < 0 ? said : said.substring(0, dot);
  }
}
