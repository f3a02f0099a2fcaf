package dev.penstock.p2p.wire;

import dev.penstock.spi.content.Caller;

/** How a client is called where the protocol wants a uuid. */
public final class ClientUuid {
  /** One that does not say who it is. */
  private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

  private ClientUuid() {}

  public static String of(Caller caller) {
    return caller.client().isEmpty() ? NOBODY : caller.client();
  }
}
