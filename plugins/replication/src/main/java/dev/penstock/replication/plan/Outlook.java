package dev.penstock.replication.plan;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is left to do after an attempt. Every volume is judged by its own error: no other's, however
 * new, takes its next try away.
 *
 * @param volumes those that had an error: whether they are tried again
 */
public record Outlook(Map<String, Boolean> volumes, Next next) {
  public Outlook {
    volumes = Map.copyOf(volumes);
  }

  /** What the run does next. */
  public enum Next {
    /** Nothing went wrong. */
    DONE,
    /** The others are finished, and then the run ends. */
    END_AFTER_OTHERS,
    /** There is another attempt. */
    TRY_AGAIN,
    /** There is another attempt, once the peer answers. */
    TRY_AGAIN_WITH_PEER,
    /** At once. */
    END
  }

  /**
   * An error.
   *
   * @param volume empty for one of the run as a whole
   */
  public record Met(Optional<String> volume, ErrorClass errorClass) {}

  public static Outlook after(Collection<Met> errors) {
    Map<String, Boolean> volumes = new TreeMap<>();
    Next next = Next.DONE;
    for (Met met : errors) {
      met.volume().ifPresent(name -> volumes.put(name, met.errorClass().isTemporary()));
      Next wanted = next(met);
      if (wanted.compareTo(next) > 0) next = wanted;
    }
    return new Outlook(volumes, next);
  }

  private static Next next(Met met) {
    return switch (met.errorClass()) {
      case VOLUME_FAILED -> met.volume().isPresent() ? Next.END_AFTER_OTHERS : Next.END;
      case RETRY_VOLUME -> Next.TRY_AGAIN;
      case WAIT_FOR_PEER -> Next.TRY_AGAIN_WITH_PEER;
      case END_RUN -> Next.END;
    };
  }
}
