/**
 * Moves volumes to other gateways while they are in use: rounds of snapshot and difference, and
 * then the hand-over.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.migrate;
