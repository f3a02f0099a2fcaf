package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import java.util.Optional;

/** Hears everything and says nothing: for who measures, or wants to hear one thing alone. */
public class SilentObserver implements Observer {
  @Override
  public void admitted(ConnectionInfo connection, Peer peer) {}

  @Override
  public void refused(ConnectionInfo connection, Peer peer, String askedFor, Exports.Lookup why) {}

  @Override
  public void throttled(long nanos) {}

  @Override
  public void answered(Command command, Optional<ErrorNumber> error, long bytes, long nanos) {}

  @Override
  public void cut(ConnectionInfo connection, Cut why, String detail) {}

  @Override
  public void storeSilent(ConnectionInfo connection, Command command, String detail) {}

  @Override
  public void storeFailed(ConnectionInfo connection, Command command, String detail) {}
}
