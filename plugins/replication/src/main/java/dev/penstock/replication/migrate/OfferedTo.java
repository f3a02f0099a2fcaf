package dev.penstock.replication.migrate;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.Optional;

/**
 * To whom a volume was ever offered: only these may say that they have taken it by force. Outlives
 * the offer, and the process. Threads: any.
 */
public final class OfferedTo {
  private static final String PREFIX = "offered.";

  private final ModuleState state;

  public OfferedTo(ModuleState state) {
    this.state = state;
  }

  /** Durable on return. */
  Future<Void> note(String volume, String peer) {
    JsonArray peers = peers(volume);
    if (peers.contains(peer)) return Future.succeededFuture();
    return state.put(PREFIX + volume, peers.add(peer).encode());
  }

  /**
   * @throws GatewayError.Denied if it never was
   */
  public void require(String volume, String peer) {
    if (!isNoted(volume, peer))
      throw new GatewayError.Denied(
          "volume %s was never offered to %s, which cannot own it".formatted(volume, peer));
  }

  boolean isNoted(String volume, String peer) {
    return peers(volume).contains(peer);
  }

  private JsonArray peers(String volume) {
    return Optional.ofNullable(state.all().get(PREFIX + volume))
        .map(JsonArray::new)
        .orElseGet(JsonArray::new);
  }
}
