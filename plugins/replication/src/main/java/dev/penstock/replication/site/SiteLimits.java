package dev.penstock.replication.site;

import java.time.Duration;

/**
 * How long one call may take.
 *
 * @param asking a question, or a small change
 * @param piece the store, for one piece of a stream
 * @param finishing the receiver, from the last byte to its answer
 */
public record SiteLimits(Duration asking, Duration piece, Duration finishing) {}
