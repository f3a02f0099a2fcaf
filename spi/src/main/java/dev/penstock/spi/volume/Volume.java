package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The bytes of one volume, at random.
 *
 * <p><b>Lifecycle.</b> {@link VolumeStore#openVolume} gives a volume to the gateway, which lends it
 * to users. {@link #close} waits for the calls under way and is harmless twice; any other call
 * after it throws {@link IllegalStateException}.
 *
 * <p><b>Threads.</b> Calls may block and may overlap, and never come on an event loop, but for the
 * two of the <i>fast path</i>: {@link #readNow} and {@link #regions} come on event loops and never
 * block. The caller keeps overlapping ranges apart: a volume puts them in no order, but a read
 * never sees anything but old or new bytes, sector by sector (512 bytes). <b>Units.</b> Offsets and
 * lengths are bytes; any alignment works, 4096 works best.
 *
 * <p><b>Errors.</b> {@link GatewayError.Invalid} for a range that is negative or ends past {@link
 * #sizeBytes}, before any byte moves; {@link GatewayError.NoSpace} when the store is full: the
 * bytes of the range are then old or new, and everything else goes on; {@link GatewayError.Failed}
 * when the system below refuses; {@link GatewayError.Damaged} when the store cannot vouch for what
 * it holds, and from then on for every call: a failed {@link #flush} is one such case, and is never
 * retried.
 *
 * @since SPI 1.0. Methods added later are {@code default} and answer by means of the ones declared
 *     here.
 */
public interface Volume extends AutoCloseable {
  /** As it was when the volume was opened, but for sizes. Never blocks. */
  VolumeInfo info();

  /** The size now. Never blocks. */
  long sizeBytes();

  /** The same for as long as the volume is open. Never blocks. */
  Set<VolumeCapability> capabilities();

  /**
   * Fills {@code target} from {@code offset}, moving its position to its limit. What was never
   * written reads as zeroes.
   */
  void read(long offset, ByteBuffer target);

  /**
   * Takes all of {@code source}. Readers see it on return; a power cut may undo it until {@link
   * #flush}.
   */
  void write(long offset, ByteBuffer source);

  /** As {@link #write}, and survives a power cut on return. */
  default void writeDurably(long offset, ByteBuffer source) {
    write(offset, source);
    flush();
  }

  /**
   * Returns when everything that any write, zero, trim or resize had returned before the call,
   * whoever made it, survives a power cut.
   */
  void flush();

  /**
   * The range's bytes are no longer wanted: later they read as zeroes or as before. A store without
   * {@link VolumeCapability#TRIM} does nothing.
   */
  default void trim(long offset, long lengthBytes) {
    Ranges.require(this, offset, lengthBytes);
  }

  /**
   * The range reads as zeroes on return. Without {@link VolumeCapability#ZERO} zeroes are written.
   */
  default void zero(long offset, long lengthBytes, ZeroMode mode) {
    Ranges.require(this, offset, lengthBytes);
    Ranges.writeZeroes(this, offset, lengthBytes);
  }

  /**
   * Describes the range from its start to its end, in order and without gaps: extents that touch
   * differ in kind, the first begins at {@code offset}, the last ends where the range does. Ends
   * early when the sink wants no more. Without {@link VolumeCapability#EXTENTS} everything is
   * {@link Extent.Kind#DATA}.
   */
  default void extents(long offset, long lengthBytes, Extent.Sink sink) {
    Ranges.require(this, offset, lengthBytes);
    if (lengthBytes > 0) sink.accept(new Extent(offset, lengthBytes, Extent.Kind.DATA));
  }

  /**
   * Describes the range like {@link #extents}, by what may differ from a snapshot of this volume:
   * changes that touch differ. Without {@link VolumeCapability#CHANGES} it is {@link
   * GatewayError.Unsupported}.
   *
   * @param since the guid of a snapshot that this volume, or the snapshot that it is, comes from;
   *     {@link GatewayError.NotFound} for any other
   */
  default void changes(UUID since, long offset, long lengthBytes, Change.Sink sink) {
    throw new GatewayError.Unsupported(
        "volume %s: its store does not know what was changed".formatted(info().name()));
  }

  /**
   * Reads of the range are coming. A hint: may do nothing, and returns without waiting for all of
   * it.
   */
  default void cache(long offset, long lengthBytes) {
    Ranges.require(this, offset, lengthBytes);
  }

  /**
   * Makes the volume larger, durably; the new part reads as zeroes. Making it smaller is {@link
   * GatewayError.Invalid}: it would lose bytes that a client may still count on.
   */
  default void resize(long sizeBytes) {
    throw new GatewayError.Unsupported(
        "volume %s cannot be resized: its store does not do that".formatted(info().name()));
  }

  /**
   * About how much a {@link #flush} would have to write: what a freeze waits for. 0 if the store
   * cannot tell. Never blocks.
   */
  default long dirtyBytes() {
    return 0;
  }

  /**
   * Fast path, for event loops: copies what can be had without waiting, from {@code offset} on,
   * into {@code target}, and moves its position past it.
   *
   * @return how many bytes were copied: up to all that {@code target} has room for, 0 if the caller
   *     has to {@link #read}. A short count is no error; the rest is read from where it ended.
   */
  default int readNow(long offset, ByteBuffer target) {
    return 0;
  }

  /**
   * Fast path, for event loops: the range as parts of files, in order.
   *
   * @return leases that the caller closes, each; together the whole range. Empty if the caller has
   *     to {@link #read}.
   */
  default List<FileRegion> regions(long offset, long lengthBytes) {
    return List.of();
  }

  /**
   * Why nobody new is to use it, for people: it was handed over, and who comes now had better go
   * there. Whoever serves it asks before it lets a client in, and refuses it with these words.
   * Never blocks.
   */
  default Optional<String> declines() {
    return Optional.empty();
  }

  /**
   * Why it is no more: it was given up to something that nobody can be led on to. Whoever serves it
   * then ends its clients, with no answer to what they still wait for, so that they ask again where
   * it is now; and lets nobody in, with these words. Never blocks.
   */
  default Optional<String> ended() {
    return Optional.empty();
  }

  /**
   * The same bytes for one client of several, whose calls shall end when it is gone: {@link #close}
   * of what this answers breaks off its calls that are under way, and never blocks. A volume whose
   * calls end soon in any case answers itself, and is then not to be closed for a client. Never
   * blocks.
   */
  default Volume forClient() {
    return this;
  }

  @Override
  void close();
}
