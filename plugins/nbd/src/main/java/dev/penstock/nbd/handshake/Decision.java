package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Replies;

/** What follows from the bytes a handshake was given. */
public sealed interface Decision {
  /** The next option has not arrived in full. */
  record Continue() implements Decision {}

  /** An option was answered; there may be another one in the same bytes. */
  record Answered() implements Decision {}

  /**
   * Once the replies are sent, TLS comes next. What else was received in clear is dropped: anybody
   * on the way could have put it there. Then {@link Handshake#secured}.
   */
  record StartTls() implements Decision {}

  /**
   * The transmission phase begins with the next byte.
   *
   * @param askedFor the name the client used, which may be empty
   * @param allocation whether it may ask for the status of blocks
   */
  record Transmit(String askedFor, ExportOffer offer, Replies replies, boolean allocation)
      implements Decision {}

  /** The connection ends in good order once the replies are sent. */
  record Leave(String reason) implements Decision {}
}
