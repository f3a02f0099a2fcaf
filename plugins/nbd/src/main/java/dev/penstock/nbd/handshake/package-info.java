/**
 * The negotiation before the first request: a client's options in, replies and one decision out.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.handshake;
