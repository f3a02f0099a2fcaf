package dev.penstock.replication.forward;

import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * A volume for all clients that other gateways lead on to here, beside whoever writes it here: open
 * once, behind one gate.
 *
 * <p><b>Lifecycle.</b> Opens when it is made; {@link #close}. <b>Threads.</b> Any.
 */
final class JoinedVolume implements VolumeUser {
  private final String user;
  private final String volume;
  private final Epoch owned;
  private final Future<VolumeGate> gate;

  /**
   * @param owned the highest epoch in which it was known to be owned here
   */
  JoinedVolume(String user, Vertx vertx, Handoffs handoffs, String volume, Epoch owned) {
    this.user = user;
    this.volume = volume;
    this.owned = owned;
    this.gate = handoffs.join(volume, this).map(open -> new VolumeGate(user, vertx, open));
  }

  /** Fails with what opening failed with; there is then nothing to close. */
  Future<VolumeGate> gate() {
    return gate;
  }

  String volume() {
    return volume;
  }

  Epoch owned() {
    return owned;
  }

  @Override
  public String name() {
    return user;
  }

  @Override
  public Future<Void> freeze(Duration limit) {
    return gate.compose(passage -> passage.freeze(limit));
  }

  @Override
  public Future<Void> halt(Duration limit) {
    return gate.compose(passage -> passage.halt(limit));
  }

  @Override
  public Future<Void> thaw() {
    return gate.compose(VolumeGate::thaw);
  }

  @Override
  public Future<Void> retire(OpenVolume successor, Duration limit) {
    return gate.compose(passage -> {
      OpenVolume before = passage.volume();
      return passage.retire(successor, limit).compose(_ -> before.close());
    });
  }

  /** Whether no request is under way, or held. */
  boolean isUnused() {
    return !gate.succeeded() || gate.result().isUnused();
  }

  /** Gives it back, once no request is inside. */
  Future<Void> close() {
    return gate.compose(passage -> passage.whenIdle().compose(_ -> passage.volume().close()))
        .otherwiseEmpty();
  }
}
