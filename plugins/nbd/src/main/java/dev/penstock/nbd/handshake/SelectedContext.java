package dev.penstock.nbd.handshake;

/**
 * A context that a client wants to ask about.
 *
 * @param id what requests and replies of this connection call it
 * @param context what it tells
 */
public record SelectedContext(int id, MetaContext context) {}
