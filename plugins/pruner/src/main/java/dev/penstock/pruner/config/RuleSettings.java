package dev.penstock.pruner.config;

import dev.penstock.spi.config.Block;

/**
 * One rule of a policy, as it is written. The rule itself is made of it anew for each plan, so that
 * its plugin can come and go.
 *
 * @param label what reports call it: {@code local: grid}, or {@code local: grid (2)} for the
 *     policy's second one
 */
public record RuleSettings(String label, String key, Block settings) {}
