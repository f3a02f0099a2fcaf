package dev.penstock.pruner.run;

import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.spi.snapshot.Snapshots;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What runs need.
 *
 * @param config as it is now: a run notices what a reload changes
 * @param rules that plugins bring now
 * @param nanos of a clock that does not jump
 */
record RunHost(
    Snapshots snapshots,
    Supplier<PrunerConfig> config,
    Supplier<Rules> rules,
    InstantSource clock,
    LongSupplier nanos,
    Backoff backoff,
    Standings standings,
    Observer observer) {}
