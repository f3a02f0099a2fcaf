package dev.penstock.gateway.e2e;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Something that goes wrong at one point of a hand-over, once. */
record HandoffFault(Point point, Kind kind) {
  /** What one gateway says to the other, in the order of a hand-over that goes well. */
  enum Step {
    OFFER,
    /** A difference, while clients write. */
    ROUND,
    /** Said once; only if an operator, or something that failed, ends the migration. */
    ABORT,
    /** A difference, while clients wait. */
    LAST_STREAM,
    LAST,
    COMMIT,
    /** By the destination, once a second from the offer on until it is answered. */
    ASK
  }

  enum Way {
    /** It is on its way: what its sender has done is durable, and the other side knows nothing. */
    ASKED,
    /** It was heard, and the answer is on its way: what follows from it is durable there. */
    ANSWERED
  }

  /** Every transition of either side lies between two of these. */
  record Point(Step step, Way way) {
    @Override
    public String toString() {
      String name = step.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      return way == Way.ASKED ? name : name + " answered";
    }
  }

  enum Kind {
    /** {@code kill -9}; it is started again at once. */
    KILL_SOURCE,
    KILL_DESTINATION,
    /** What was on its way is lost, and for a while nothing passes, either way. */
    CUT,
    /** What was on its way arrives after its sender has given it up, if it ever does. */
    DELAY,
    /** It arrives, and once more later. */
    REPEAT
  }

  /** Answers and streams are not repeated: nobody takes them on a connection that is not theirs. */
  private boolean makesSense() {
    return kind != Kind.REPEAT
        || (point.way() == Way.ASKED
            && point.step() != Step.ROUND
            && point.step() != Step.LAST_STREAM);
  }

  static List<HandoffFault> all() {
    return Arrays.stream(Step.values())
        .flatMap(step -> Arrays.stream(Way.values()).map(way -> new Point(step, way)))
        .flatMap(point -> Arrays.stream(Kind.values()).map(kind -> new HandoffFault(point, kind)))
        .filter(HandoffFault::makesSense)
        .toList();
  }

  /** Each with itself and with each that comes no earlier in a hand-over. */
  static List<List<HandoffFault>> pairs() {
    List<HandoffFault> all = all();
    List<List<HandoffFault>> pairs = new ArrayList<>();
    for (int first = 0; first < all.size(); first++)
      for (int second = first; second < all.size(); second++)
        pairs.add(List.of(all.get(first), all.get(second)));
    return pairs;
  }

  String what() {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  @Override
  public String toString() {
    return "%s: %s".formatted(point, what());
  }
}
