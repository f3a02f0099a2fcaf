package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.ServedExports;
import java.util.function.LongSupplier;

/** What all connections of a module share. */
public record Surroundings(
    ServedExports exports,
    Limits limits,
    Budget budget,
    Observer observer,
    LongSupplier nanoClock) {}
