package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ServedExports;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What all connections of a module share.
 *
 * @param limitsNow the limits in force, which may change at any time
 */
public record Surroundings(
    ServedExports exports,
    Supplier<Limits> limitsNow,
    Budget budget,
    Observer observer,
    LongSupplier nanoClock) {
  /** The limits in force. */
  public Limits limits() {
    return limitsNow.get();
  }
}
