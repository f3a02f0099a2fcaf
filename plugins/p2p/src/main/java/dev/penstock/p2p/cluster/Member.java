package dev.penstock.p2p.cluster;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.KeyStore;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * A node, and how busy and how good it was lately.
 *
 * <p><b>Threads.</b> Any.
 */
final class Member {
  /** After this an error counts half. */
  private static final double HALF_LIFE_NANOS = Duration.ofMinutes(1).toNanos();

  /** As if it had so many more transfers under way. */
  private static final double WEIGHT_OF_ERROR = 4;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final Node node;
  private final LongSupplier nanos;
  private final AtomicInteger transfers = new AtomicInteger();
  private double errors; // guarded by this
  private long errorsAtNanos; // guarded by this

  Member(Node node, LongSupplier nanos) {
    this.node = node;
    this.nanos = nanos;
    this.errorsAtNanos = nanos.getAsLong();
  }

  String name() {
    return node.name();
  }

  Optional<KeyStore> store() {
    return node.store().get();
  }

  /** Of its repository; empty while that is away. */
  String uuid() {
    return store().map(KeyStore::uuid).orElse("");
  }

  NodeState state() {
    return new NodeState(name(), store().isPresent(), transfers(), errors());
  }

  GatewayError away() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, ASK_AGAIN, "node %s cannot be reached".formatted(name()));
  }

  GatewayError silent() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, ASK_AGAIN, "node %s does not answer in time".formatted(name()));
  }

  void transferBegins() {
    transfers.incrementAndGet();
  }

  void transferEnds() {
    transfers.decrementAndGet();
  }

  int transfers() {
    return transfers.get();
  }

  /** What a node refuses, or does not have, is none. */
  void failed(Throwable why) {
    boolean refusal =
        why instanceof GatewayError.NotFound
            || why instanceof GatewayError.Denied
            || why instanceof GatewayError.Invalid
            || why instanceof GatewayError.Unsupported;
    if (refusal) return;
    synchronized (this) {
      errors = errorsNow() + 1;
      errorsAtNanos = nanos.getAsLong();
    }
  }

  private double errorsNow() {
    double halves = (nanos.getAsLong() - errorsAtNanos) / HALF_LIFE_NANOS;
    return errors * Math.pow(0.5, halves);
  }

  /** How many there were lately, old ones counting less. */
  synchronized double errors() {
    return errorsNow();
  }

  /**
   * What it costs to read from it now: a cheap one that is busy costs as a dear one that is not.
   */
  double weight() {
    return (node.cost() + 1.0) * (1 + transfers.get() + WEIGHT_OF_ERROR * errors());
  }
}
