package dev.penstock.volumes.head;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;

/**
 * The layer of a volume that is written.
 *
 * <p><b>Lifecycle.</b> Holds the layer's file open until {@link #close}. <b>Threads.</b> Any, and
 * calls may overlap, but for {@link #sync}, which comes one at a time, and {@link #close}, which
 * comes alone. <b>Ranges</b> lie within the layer. <b>Errors.</b> As of {@link
 * dev.penstock.spi.volume.Volume}; an error of {@link #sync} but NoSpace is final.
 */
public sealed interface Head extends AutoCloseable permits RootHead, ClaimingHead {
  /** Takes all of {@code source}. */
  void write(long offset, ByteBuffer source);

  /**
   * As {@link #write}, and durable on return; false if that takes a {@link #sync}, and nothing was
   * done.
   */
  boolean writeDurably(long offset, ByteBuffer source);

  void trim(long offset, long lengthBytes);

  void zero(long offset, long lengthBytes, ZeroMode mode);

  /** A {@link #sync} of what was written in the range is near: the disk may begin. */
  void writeSoon(long offset, long lengthBytes);

  /** Makes durable what was done before the call. */
  void sync();

  /**
   * Before the layer is as long as this: nothing that is below shows through in what is added, once
   * it was synced.
   */
  void growTo(long sizeBytes);

  /**
   * A disk that turned out to be full while bytes were written back has lost them: that is no
   * reason to try again.
   */
  static void syncForGood(DiskFile file) {
    try {
      file.dataSync();
    } catch (GatewayError.NoSpace e) {
      throw new GatewayError.Failed(Scope.RESOURCE, e.what(), e);
    }
  }

  /** Everything was synced, and nothing is written any more: it is read like any other layer. */
  void freeze();

  /** What was not synced may be lost. */
  @Override
  void close();
}
