package dev.penstock.gateway.volume;

import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.VolumeInfo;
import java.util.List;
import java.util.Optional;

/**
 * A volume as an operator sees it.
 *
 * @param info with the size of now
 * @param dirtyBytes what a flush would have to write; 0 if it is not open
 * @param trouble why it is {@link Condition#UNHEALTHY} or {@link Condition#SHADOWED}, and what to
 *     do
 */
public record VolumeStatus(
    VolumeInfo info,
    String store,
    Condition condition,
    List<User> users,
    long dirtyBytes,
    Optional<String> trouble) {

  public VolumeStatus {
    users = List.copyOf(users);
  }

  /** Who uses it, and for what. */
  public record User(String name, Access access) {}

  /** How a volume fares; trouble comes before the rest. */
  public enum Condition {
    /** Nobody has it open. */
    IDLE,
    SERVING,
    FREEZING,
    FROZEN,
    RETIRING,
    /** It was handed over: who uses it here is led on to where it is. */
    LED_ON,
    /** A call failed in a way that concerns all of it. */
    UNHEALTHY,
    /** Another store, which comes first, has a volume of this name: this one is not served. */
    SHADOWED
  }

  static Condition condition(VolumeState state, boolean open, boolean ledOn, boolean healthy) {
    if (!healthy) return Condition.UNHEALTHY;
    return switch (state) {
      case SERVING -> ledOn ? Condition.LED_ON : open ? Condition.SERVING : Condition.IDLE;
      case FREEZING -> Condition.FREEZING;
      case FROZEN -> Condition.FROZEN;
      case RETIRING -> Condition.RETIRING;
    };
  }

  /** What follows the volume's name in a message: "is written by module nbd". */
  static String usedBy(List<User> users) {
    return String.join(
        ", ",
        users.stream()
            .map(u -> u.access() == Access.WRITE ? u.name() + " (writes)" : u.name() + " (reads)")
            .toList());
  }
}
