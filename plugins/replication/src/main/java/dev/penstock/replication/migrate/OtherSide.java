package dev.penstock.replication.migrate;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;

/** Who answers for a volume at another gateway. Threads: those of tasks; calls wait. */
@FunctionalInterface
interface OtherSide {
  /**
   * @param volume as {@link dev.penstock.replication.peer.RemoteHandoff#say} wants it called
   */
  Answer say(String volume, Message message) throws InterruptedException;
}
