package dev.penstock.p2p.line;

import java.time.Duration;

/**
 * How long a repository may take.
 *
 * @param opening from the start of its program until it can be asked
 * @param stall between two bytes, to a question, or to take what it is sent
 * @param finishing to say whether it has stored what it was sent, of which it may read all again
 */
public record LineLimits(Duration opening, Duration stall, Duration finishing) {}
