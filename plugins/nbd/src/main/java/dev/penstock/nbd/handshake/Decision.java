package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.Replies;
import io.vertx.core.Future;
import java.util.List;

/** What follows from the bytes a handshake was given. */
public sealed interface Decision {
  /** The next option has not arrived in full. */
  record Continue() implements Decision {}

  /** An option was answered, or some of it; there may be more to say, or another one received. */
  record Answered() implements Decision {}

  /**
   * The last option is answered once something is known: a snapshot that it names has to be opened.
   * Nothing that comes behind it is looked at before that.
   */
  record Wait(Future<?> until) implements Decision {}

  /**
   * Once the replies are sent, TLS comes next. What else was received in clear is dropped: anybody
   * on the way could have put it there. Then {@link Handshake#secured}.
   */
  record StartTls() implements Decision {}

  /**
   * The transmission phase begins with the next byte.
   *
   * @param askedFor the name the client used, which may be empty
   * @param flags what the client was told: those of the offer, and those of what was negotiated
   * @param dialect how requests and replies look
   * @param contexts what the status of blocks may be asked about; perhaps nothing
   */
  record Transmit(
      String askedFor,
      ExportOffer offer,
      int flags,
      Dialect dialect,
      List<SelectedContext> contexts)
      implements Decision {

    /** What replies look like. */
    public Replies replies() {
      return dialect.replies();
    }
  }

  /** The connection ends in good order once the replies are sent. */
  record Leave() implements Decision {}
}
