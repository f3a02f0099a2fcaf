package dev.penstock.p2p.remote;

import java.time.Duration;

/**
 * How long a server may take.
 *
 * @param connecting until a request can go to it
 * @param stall to answer a question, between two pieces of a body, or to take one
 * @param finishing to say whether it has stored what it was sent, of which it may read all again
 */
record RemoteLimits(Duration connecting, Duration stall, Duration finishing) {}
