/** Connections that nobody uses for the moment. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.pool;
