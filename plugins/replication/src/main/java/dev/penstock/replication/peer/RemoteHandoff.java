package dev.penstock.replication.peer;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import io.vertx.core.http.HttpMethod;

/**
 * The other side of a hand-over, at a peer.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait. <b>Errors.</b> As of {@link PeerClient}.
 */
public final class RemoteHandoff {
  private final PeerClient peer;

  public RemoteHandoff(PeerClient peer) {
    this.peer = peer;
  }

  /**
   * Says something of a volume.
   *
   * @param volume what it is called at the sending side for what the source says, and at the source
   *     for what it is asked
   */
  public Answer say(String volume, Message message) throws InterruptedException {
    return HandoffJson.answer(
        peer.ask(
            HttpMethod.POST,
            Api.MIGRATION + "/" + PeerClient.segment(volume) + "/message",
            HandoffJson.write(message)));
  }
}
