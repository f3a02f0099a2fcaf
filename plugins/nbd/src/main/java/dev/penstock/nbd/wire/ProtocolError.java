package dev.penstock.nbd.wire;

/**
 * The peer and we no longer agree on where a message begins, or it asked for what ends a
 * connection: nothing it sends from now on can be understood. Costs that connection and no other.
 */
public final class ProtocolError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what came and what was expected, for the log and the event. */
  public ProtocolError(String what) {
    super(what, null, false, false); // a peer can cause it at will: no stack trace to pay for
  }
}
