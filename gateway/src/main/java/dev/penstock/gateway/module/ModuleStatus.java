package dev.penstock.gateway.module;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How a module is.
 *
 * @param plugin that its kind comes from; empty as long as none does
 * @param reason why it failed
 * @param since when it is in this state
 * @param retryAt when the host tries again to start it, if it will
 * @param blocked how long one of its event loops has not answered
 */
public record ModuleStatus(
    String name,
    String kind,
    Optional<String> plugin,
    ModuleLife state,
    Optional<String> reason,
    Instant since,
    Optional<Instant> retryAt,
    Optional<Duration> blocked) {}
