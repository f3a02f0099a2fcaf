package dev.penstock.gateway.admin;

import dev.penstock.spi.module.Audit;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Whom modules let in and whom they did not: a line of JSON each, in a file of its own, so that
 * clients cannot push out what operators did. A flood of them is cut short, and a line says by how
 * many.
 *
 * <p><b>Threads.</b> Any; nothing blocks, and nobody waits for the disk.
 */
public final class AccessLog {
  /** How many lines a second are kept in the long run: a day of them is less than 512 MiB. */
  static final int LINES_A_SECOND = 20;

  /** How many may come at once: a host whose machines all start again. */
  static final int LINES_AT_ONCE = 200;

  /** How many may wait for the disk. */
  static final int LINES_WAITING_MAX = 1000;

  /** How long a flood is counted before a line tells of it. */
  static final long LEFT_OUT_TOLD_MILLIS = 1000;

  private static final long LINE_NANOS = Duration.ofSeconds(1).toNanos() / LINES_A_SECOND;

  private final Context context;
  private final Vertx vertx;
  private final AuditLog file;
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private long freeAtNanos;
  private int waiting;
  private long leftOut;

  /**
   * @param vertx whose event loop keeps the lines in order
   * @param folder where {@code access.log} is
   */
  public AccessLog(Vertx vertx, Path folder, InstantSource clock) {
    this(vertx, folder, clock, System::nanoTime);
  }

  AccessLog(Vertx vertx, Path folder, InstantSource clock, LongSupplier nanoClock) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.file = new AuditLog(vertx, folder, "access.log", AuditLog.FILE_BYTES_MAX);
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.freeAtNanos = nanoClock.getAsLong() - LINES_AT_ONCE * LINE_NANOS;
  }

  /** Where one module notes. */
  public Audit of(String module) {
    return (action, details) -> note(module, action, details);
  }

  private void note(String module, String action, Map<String, String> details) {
    if (!admit()) return;
    var line =
        new JsonObject()
            .put("at", clock.instant().toString())
            .put("module", module)
            .put("action", action);
    details.forEach((key, value) -> line.put(key, Plain.text(value)));
    keep(line);
  }

  private synchronized boolean admit() {
    long now = nanoClock.getAsLong();
    freeAtNanos = Math.max(freeAtNanos, now - LINES_AT_ONCE * LINE_NANOS);
    if (freeAtNanos + LINE_NANOS <= now && waiting < LINES_WAITING_MAX) {
      freeAtNanos += LINE_NANOS;
      waiting++;
      return true;
    }
    if (leftOut++ == 0) context.runOnContext(_ -> tellLeftOutLater());
    return false;
  }

  private void tellLeftOutLater() {
    vertx.setTimer(LEFT_OUT_TOLD_MILLIS, _ -> tellLeftOut());
  }

  private void tellLeftOut() {
    long count;
    synchronized (this) {
      if (waiting >= LINES_WAITING_MAX) { // the disk hangs: this line has to wait as well
        tellLeftOutLater();
        return;
      }
      count = leftOut;
      leftOut = 0;
      waiting++;
    }
    keep(
        new JsonObject()
            .put("at", clock.instant().toString())
            .put("action", "left-out")
            .put("lines", count));
  }

  private void keep(JsonObject line) {
    context.runOnContext(_ -> file.append(line).onComplete(_ -> kept()));
  }

  private synchronized void kept() {
    waiting--;
  }
}
