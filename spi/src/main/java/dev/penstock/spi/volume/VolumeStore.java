package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.ownership.Ownership;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.pf4j.ExtensionPoint;

/**
 * A kind of store. The host makes an object per store that is configured, with the constructor that
 * takes nothing.
 *
 * <p><b>Lifecycle.</b>
 *
 * <pre>
 *   descriptor ─► validate ─► open ─► list, create, openVolume, remove ─► close
 * </pre>
 *
 * {@code descriptor} and {@code validate} also come on objects that are never opened. {@link
 * #close} comes once per {@link #open} that was entered, failed or not, after every volume was
 * closed; nothing of the store outlives it.
 *
 * <p><b>Threads.</b> {@code descriptor} and {@code validate} never block. The others may, come on
 * worker threads, and may overlap, but for {@code open} and {@code close}. <b>Units.</b> Sizes are
 * bytes.
 *
 * <p><b>Errors.</b> As {@link GatewayError} has them. A store that cannot vouch for what it finds
 * refuses to {@link #open}, names what is wrong, and has touched nothing.
 *
 * @since SPI 1.0
 */
public interface VolumeStore extends ExtensionPoint {
  StoreDescriptor descriptor();

  /** Checks the settings without touching disk or network; reports every problem at once. */
  void validate(Block settings, Problems problems);

  /**
   * Takes the store for this process alone.
   *
   * <p>{@link GatewayError.Conflict} names the process that has it; {@link GatewayError.Damaged}
   * names what cannot be trusted.
   */
  void open(StoreContext context);

  /** The volumes there are, in any order. */
  List<VolumeInfo> list();

  /**
   * The volume of this name, as {@link #list} has it. A store that need not look at all of them to
   * answer does not: this is asked before each call that names a volume.
   */
  default Optional<VolumeInfo> find(String name) {
    return list().stream().filter(info -> info.name().equals(name)).findFirst();
  }

  /**
   * Makes a volume that reads as zeroes; durable on return. A crash leaves all of it or nothing.
   *
   * <p>{@link GatewayError.Conflict} if the name is taken, {@link GatewayError.Invalid} if the name
   * or size cannot be.
   */
  VolumeInfo create(String name, long sizeBytes);

  /**
   * Opens a volume. At most once at a time for each: the host sees to that. {@link
   * GatewayError.NotFound} if there is none.
   */
  Volume openVolume(String name);

  /**
   * Destroys a volume that is not open, durably, and its snapshots with it. {@link
   * GatewayError.NotFound} if there is none; {@link GatewayError.Conflict} while one of its
   * snapshots is held or open.
   */
  void remove(String name);

  /**
   * Says whether a volume is a copy that follows another: {@link VolumeInfo#replica}. The host
   * keeps everybody from writing one that is; the store only remembers it, durably on return.
   */
  default void setReplica(String name, boolean replica) {
    throw new GatewayError.Unsupported(
        "volume %s: its store does not tell copies from others".formatted(name));
  }

  /**
   * The names under which there is a record of who owns the volume, in any order: also of volumes
   * that are gone, and also of records that cannot be read. What one says, {@link #ownership} tells
   * for each by itself, so that one that cannot be read is neither left out nor in the way of the
   * others.
   */
  default Set<String> ownerships() {
    return Set.of();
  }

  /**
   * The record of who owns a volume; empty only if there is none. Does not wait: this is asked
   * before each call that opens a volume.
   *
   * <p>{@link GatewayError.Damaged} if there is one that cannot be read, which is never the same as
   * none. Such a volume is refused by itself: {@link #openVolume} says so too, and the record is
   * neither replaced nor forgotten before an operator has seen to it.
   */
  default Optional<Ownership> ownership(String name) {
    return Optional.empty();
  }

  /**
   * Keeps the record of who owns a volume, instead of what was kept; durable on return, and all of
   * it or nothing. There need be no volume of the name, and {@link #remove} leaves the record, as
   * does whatever makes a volume of that name again.
   *
   * <p>After {@link GatewayError.Damaged} nobody knows which of the two a power cut would leave:
   * {@link #ownership} says so until the store was opened anew. Any other error leaves what was
   * kept. {@link GatewayError.Invalid} if the name cannot be.
   */
  default void keepOwnership(String name, Ownership ownership) {
    throw new GatewayError.Unsupported(
        "volume %s: its store does not remember who owns it".formatted(name));
  }

  /**
   * As if nobody had ever owned the volume. Durable on return; harmless without a record. Errors as
   * of {@link #keepOwnership}.
   */
  default void forgetOwnership(String name) {}

  /** How much more the store can take, for all its volumes; empty if it cannot tell. */
  default OptionalLong freeBytes() {
    return OptionalLong.empty();
  }

  /** The snapshots of its volumes; empty from a store that has none. */
  default Optional<SnapshotStore> snapshots() {
    return Optional.empty();
  }

  /**
   * Looks at everything that is stored of a volume, open or not, and changes nothing.
   *
   * @param progress is told how many of {@code unitsTotal} are looked at, often: what it throws
   *     ends the look at once, and is thrown on. The host does so when the look is cancelled, and
   *     when the store is to close
   */
  default void verify(String name, Verifying progress) {
    throw new GatewayError.Unsupported(
        "volume %s cannot be verified: its store does not do that".formatted(name));
  }

  /**
   * Gives back what is stored of a volume and nobody can ever read. What cannot be explained stays,
   * and of a volume that is damaged everything does. Harmless twice, and wherever it ends early.
   *
   * <p>{@link GatewayError.Conflict} while the volume is open, or if somebody opens it meanwhile.
   *
   * @param apply false to change nothing, and be told what would be done
   * @param progress is told what was found and what is done about it; otherwise as of {@link
   *     #verify}
   */
  default void repair(String name, boolean apply, Verifying progress) {
    throw new GatewayError.Unsupported(
        "volume %s cannot be repaired: its store does not do that".formatted(name));
  }

  /**
   * What is in the store and belongs to no volume that it knows. It stays, but for what is named:
   * that is moved aside, and can be brought back.
   *
   * <p>{@link GatewayError.NotFound} if nothing of that name is there, {@link
   * GatewayError.Conflict} while some volume is refused, which may need it.
   *
   * @param aside what to move aside, as a finding calls it; empty to be told only
   * @param apply false to change nothing, and be told what would be done
   */
  default List<Finding> leftovers(Optional<String> aside, boolean apply) {
    throw new GatewayError.Unsupported("this kind of store does not look for leftovers");
  }

  /** Who wants to know what {@link #verify} finds. */
  interface Verifying {
    void found(Finding finding);

    /** How much was looked at, and of how much; both in bytes or whatever else the store counts. */
    void reached(long units, long unitsTotal);
  }

  void close();
}
