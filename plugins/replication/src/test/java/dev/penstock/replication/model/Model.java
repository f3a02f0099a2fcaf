package dev.penstock.replication.model;

import java.util.Set;
import java.util.function.Supplier;

/**
 * Something that is in one of many states, and all that can happen to it.
 *
 * @param <S> one of its states
 * @param <H> what must not be
 */
public interface Model<S, H extends Enum<H>> {

  /** Takes what can happen next. */
  interface Next<S, H extends Enum<H>> {
    /**
     * @param what in words, if anybody wants to know
     * @param after not to be kept
     * @param harm what is done by the step itself
     */
    void happens(Supplier<String> what, S after, Set<H> harm);
  }

  S start();

  /** How many words states are told apart by. */
  int words();

  void pack(S state, long[] words);

  S unpack(long[] words);

  /** What is wrong with a state, however it came about. */
  Set<H> harm(S state);

  /** All that can happen in a state. */
  void next(S state, Next<S, H> next);
}
