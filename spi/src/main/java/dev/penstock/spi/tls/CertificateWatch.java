package dev.penstock.spi.tls;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a server shows as new as its files, without a restart.
 *
 * <p><b>Lifecycle.</b> {@link #start}, whose failure is that of the files; then it looks every
 * {@link #EVERY}, and when the configuration is reloaded, until {@link #close}. <b>Threads.</b> All
 * calls come on one context, and so does what it tells; files are read on a worker. <b>Errors.</b>
 * Files that are no good are told of once, by {@link GatewayEvent.CertificateRefused}, and what was
 * there before stays.
 *
 * @since SPI 1.0
 */
public final class CertificateWatch {
  /** Renewals come days before they are needed; this is how long an operator waits to see one. */
  public static final Duration EVERY = Duration.ofSeconds(30);

  /** Below so much time left, somebody should hear of it; renewals come at 30 days as a rule. */
  public static final Duration SHORT = Duration.ofDays(14);

  /** How often it is said that time runs out. */
  private static final Duration SAY_EVERY = Duration.ofDays(1);

  private final Vertx vertx;
  private final InstantSource clock;
  private final Events events;
  private final String subject;
  private final PemFiles files;
  private final Consumer<TlsIdentity> renewed;
  private volatile @Nullable TlsIdentity current;
  private Optional<String> complaint = Optional.empty();
  private Optional<Instant> saidExpires = Optional.empty();
  private Optional<Events.Subscription> reloads = Optional.empty();
  private long timer = -1;
  private boolean closed;

  /**
   * Looks at nothing yet.
   *
   * @param subject whose certificate it is, for events: a module, or {@code admin}
   * @param renewed takes what new connections are to be shown; not what {@link #start} answers
   */
  public CertificateWatch(
      Vertx vertx,
      InstantSource clock,
      Events events,
      String subject,
      PemFiles files,
      Consumer<TlsIdentity> renewed) {
    this.vertx = vertx;
    this.clock = clock;
    this.events = events;
    this.subject = subject;
    this.files = files;
    this.renewed = renewed;
  }

  /** Reads the files, and goes on looking at them; fails if it is closed meanwhile. */
  public Future<TlsIdentity> start() {
    return read()
        .map(identity -> {
          if (closed) throw new IllegalStateException("closed while " + files + " were read");
          current = identity;
          timer = vertx.setPeriodic(EVERY.toMillis(), _ -> look());
          reloads = Optional.of(events.subscribe(this::heard));
          sayWhenItEnds(identity);
          return identity;
        });
  }

  private void heard(GatewayEvent event) {
    if (event instanceof GatewayEvent.ConfigReloaded) look();
  }

  /** Looks now. Completes when whoever has to hear has heard; does not fail. */
  public Future<Void> look() {
    return read()
        .transform(read -> {
          if (closed) return Future.succeededFuture(); // closed meanwhile
          if (read.succeeded()) took(read.result());
          else refused(read.cause());
          TlsIdentity shown = current;
          if (shown != null) sayWhenItEnds(shown);
          return Future.succeededFuture();
        });
  }

  private Future<TlsIdentity> read() {
    return vertx.executeBlocking(() -> files.read(vertx), false).map(Objects::requireNonNull);
  }

  private void took(TlsIdentity identity) {
    complaint = Optional.empty();
    TlsIdentity before = current;
    if (before != null && before.isSameAs(identity)) return;
    try {
      renewed.accept(identity);
    } catch (RuntimeException e) { // good to us, and not to the library that shows it
      refused(e);
      return;
    }
    current = identity;
    saidExpires = Optional.empty();
    events.publish(
        new GatewayEvent.CertificateRenewed(
            clock.instant(), subject, identity.subject(), identity.expiresAt()));
  }

  private void refused(Throwable cause) {
    String why =
        cause instanceof GatewayError error ? error.what() : String.valueOf(cause.getMessage());
    if (complaint.filter(why::equals).isPresent()) return;
    complaint = Optional.of(why);
    events.publish(new GatewayEvent.CertificateRefused(clock.instant(), subject, why));
  }

  private void sayWhenItEnds(TlsIdentity identity) {
    Instant now = clock.instant();
    Duration left = Duration.between(now, identity.expiresAt());
    boolean saidToday = saidExpires.filter(at -> now.isBefore(at.plus(SAY_EVERY))).isPresent();
    if (left.compareTo(SHORT) >= 0 || saidToday) return;
    saidExpires = Optional.of(now);
    events.publish(new GatewayEvent.CertificateEndsSoon(now, subject, identity.subject(), left));
  }

  /** Seconds until it ends, below zero afterwards: for a metric. Any thread. */
  public double secondsLeft() {
    TlsIdentity shown = current;
    if (shown == null) return 0;
    return Duration.between(clock.instant(), shown.expiresAt()).toMillis() / 1000.0;
  }

  public void close() {
    closed = true;
    reloads.ifPresent(Events.Subscription::close);
    vertx.cancelTimer(timer);
  }
}
