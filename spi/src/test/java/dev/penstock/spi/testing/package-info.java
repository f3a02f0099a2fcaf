/**
 * What an author of plugins tests with: the contracts that every implementation is held to, fakes
 * of the host, a volume in memory that fails on purpose, and real programs as peers.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.testing;
