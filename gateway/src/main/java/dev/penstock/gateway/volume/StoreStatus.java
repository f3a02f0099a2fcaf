package dev.penstock.gateway.volume;

import java.util.Optional;

/**
 * A store as an operator sees it.
 *
 * @param trouble why it is {@link State#FAILED}
 */
public record StoreStatus(String name, String kind, State state, Optional<String> trouble) {
  /** Where a store is in its life. */
  public enum State {
    OPENING,
    OPEN,
    CLOSING,
    /** It refused to open; nothing of it is held. */
    FAILED
  }
}
