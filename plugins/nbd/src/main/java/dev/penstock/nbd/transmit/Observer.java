package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import java.util.Optional;

/** Hears what connections do, for metrics, events and the log. On event loops; never blocks. */
public interface Observer {
  /** Why a connection was ended by us, other than in good order. */
  enum Cut {
    /** What came was not NBD. */
    PROTOCOL,
    /** TLS was not agreed on, or came out of step. */
    TLS,
    /** The export was not chosen in time. */
    HANDSHAKE,
    /** A request was announced and not sent. */
    REQUEST,
    /** Replies were not read. */
    REPLY,
    /** What was under way when it should end did not end in time. */
    SHUTDOWN
  }

  /** A request was answered. */
  void answered(Command command, Optional<ErrorNumber> error, long bytes, long nanos);

  /** A connection was ended. */
  void cut(ConnectionInfo connection, Cut why, String detail);

  /** A request waited for its volume for too long, and was answered with an error. */
  void storeSilent(ConnectionInfo connection, Command command, String detail);

  /** A request failed in the volume. */
  void storeFailed(ConnectionInfo connection, Command command, String detail);
}
