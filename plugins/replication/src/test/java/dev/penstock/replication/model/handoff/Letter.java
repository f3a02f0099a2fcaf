package dev.penstock.replication.model.handoff;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.spi.ownership.Epoch;

/**
 * What the network has, and may deliver at any time, in any order, any number of times or never.
 */
sealed interface Letter {
  int from();

  int to();

  record Said(int from, int to, Message message) implements Letter {
    @Override
    public String toString() {
      return message.getClass().getSimpleName() + " " + message.epoch().number();
    }
  }

  record Answered(int from, int to, Answer answer) implements Letter {
    @Override
    public String toString() {
      return answer.getClass().getSimpleName() + " " + answer.epoch().number();
    }
  }

  /** The differences from everything that there was before to this content. */
  record Round(int from, int to, Epoch migration, int content) implements Letter {
    @Override
    public String toString() {
      return "difference of %d to content %d".formatted(migration.number(), content);
    }
  }
}
