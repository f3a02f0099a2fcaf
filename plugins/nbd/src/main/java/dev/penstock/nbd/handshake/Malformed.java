package dev.penstock.nbd.handshake;

/** The data of an option contradicts itself: answered INVALID, and the negotiation goes on. */
final class Malformed extends Exception {
  private static final long serialVersionUID = 1L;

  Malformed(String what) {
    super(what, null, false, false); // a client can cause it at will: no stack trace to pay for
  }
}
