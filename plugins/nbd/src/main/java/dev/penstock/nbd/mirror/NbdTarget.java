package dev.penstock.nbd.mirror;

import dev.penstock.nbd.client.ClientLoop;
import dev.penstock.nbd.client.FoundExtents;
import dev.penstock.nbd.client.Offer;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.ZeroRuns;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTargets.Aim;
import dev.penstock.spi.volume.Extent;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A volume on its way to an NBD server. Uses nothing but WRITE and FLUSH of a server that offers no
 * more: what flexnbd's listener has.
 */
final class NbdTarget implements BlockTarget {
  /** A piece of a WRITE_ZEROES: a server that has to write zeroes needs time for more. */
  private static final int ZERO_BYTES_MAX = 128 << 20;

  /** A piece of a BLOCK_STATUS: a reply has at most so many extents that nothing is left out. */
  private static final int STATUS_BYTES_MAX = 1 << 30;

  private static final ByteBuffer ZEROES =
      ByteBuffer.allocateDirect(MirrorLimits.WRITE_BYTES_MAX).asReadOnlyBuffer();

  private final MirrorUri uri;
  private final Line line;
  private final Offer offer;
  private final int fua;

  /** Never of flexnbd's, whatever answers in its place: a plain server has it or has not. */
  private final boolean zeroes;

  private final int writeBytesMax;

  private NbdTarget(MirrorUri uri, Line line, Offer offer) {
    this.uri = uri;
    this.line = line;
    this.offer = offer;
    this.fua = offer.has(Wire.EXPORT_SEND_FLUSH) ? 0 : Wire.CMD_FLAG_FUA;
    this.zeroes = !uri.oldStyle() && offer.has(Wire.EXPORT_SEND_WRITE_ZEROES);
    this.writeBytesMax = Math.min(offer.payloadBytesMax(), MirrorLimits.WRITE_BYTES_MAX);
  }

  static NbdTarget open(Vertx vertx, MirrorUri uri, Aim aim, MirrorLimits limits) {
    var loop = new ClientLoop(vertx.getOrCreateContext(), () -> Line.stopping(uri));
    var line = new Line(vertx, loop, uri, aim, limits);
    try {
      Offer offer = line.open();
      require(uri, offer, aim.sizeBytes());
      return new NbdTarget(uri, line, offer);
    } catch (RuntimeException refused) {
      line.close();
      throw refused;
    }
  }

  private static void require(MirrorUri uri, Offer offer, long sizeBytes) {
    if (offer.sizeBytes() != sizeBytes)
      throw new GatewayError.Conflict(
          "size does not match: the volume has %d bytes, and %s has %d"
              .formatted(sizeBytes, uri, offer.sizeBytes()));
    if (offer.has(Wire.EXPORT_READ_ONLY))
      throw new GatewayError.Denied("%s is read-only there".formatted(uri));
    if (!offer.has(Wire.EXPORT_SEND_FLUSH) && !offer.has(Wire.EXPORT_SEND_FUA))
      throw new GatewayError.Unsupported(
          "%s offers neither FLUSH nor FUA: nothing there can be made durable".formatted(uri));
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    requireRange(offset, source.remaining());
    if (!zeroes) {
      writePieces(offset, source.duplicate());
    } else {
      ZeroRuns.each(
          offset,
          source,
          new ZeroRuns.Sink() {
            @Override
            public void data(long at, ByteBuffer bytes) {
              writePieces(at, bytes);
            }

            @Override
            public void zeroes(long at, int lengthBytes) {
              zeroPieces(at, lengthBytes);
            }
          });
    }
    source.position(source.limit());
  }

  private void writePieces(long offset, ByteBuffer source) {
    long at = offset;
    while (source.hasRemaining()) {
      int bytes = Math.min(writeBytesMax, source.remaining());
      line.sendCopy(at, source.slice(source.position(), bytes), fua != 0);
      source.position(source.position() + bytes);
      at += bytes;
    }
  }

  @Override
  public void zero(long offset, long lengthBytes) {
    requireRange(offset, lengthBytes);
    if (zeroes) zeroPieces(offset, lengthBytes);
    else if (offer.allocation().isPresent()) zeroWhatIsNone(offset, lengthBytes);
    else writeZeroes(offset, lengthBytes);
  }

  @Override
  public boolean sendsZeroes() {
    return !zeroes && offer.allocation().isEmpty();
  }

  /** Without NO_HOLE: what need not have space gets none. */
  private void zeroPieces(long offset, long lengthBytes) {
    long end = offset + lengthBytes;
    for (long at = offset; at < end; at += ZERO_BYTES_MAX) {
      int bytes = (int) Math.min(ZERO_BYTES_MAX, end - at);
      line.send(Request.of(Command.WRITE_ZEROES, fua, at, bytes));
    }
  }

  /** Where the server says that there are zeroes, a hole perhaps, it stays as it is. */
  private void zeroWhatIsNone(long offset, long lengthBytes) {
    List<Extent> extents = new ArrayList<>();
    var found = new FoundExtents(offset, lengthBytes, extents::add);
    long end = offset + lengthBytes;
    long block = offer.blockBytesMin();
    for (long at = offset; at < end; at = found.reached(at)) {
      int bytes = (int) Math.min(STATUS_BYTES_MAX / block * block, end - at);
      found.take(at, bytes, line.ask(Request.of(Command.BLOCK_STATUS, 0, at, bytes)).status);
    }
    found.end();
    for (Extent extent : extents)
      if (extent.kind() == Extent.Kind.DATA) writeZeroes(extent.offset(), extent.lengthBytes());
  }

  private void writeZeroes(long offset, long lengthBytes) {
    long end = offset + lengthBytes;
    for (long at = offset; at < end; at += writeBytesMax) {
      ByteBuffer piece = ZEROES.slice(0, (int) Math.min(writeBytesMax, end - at));
      line.send(Request.write(at, piece, fua != 0, System.nanoTime()));
    }
  }

  private void requireRange(long offset, long lengthBytes) {
    if (lengthBytes < 0 || lengthBytes > offer.sizeBytes() || offset < 0)
      throw new GatewayError.Invalid("%d bytes at %d are no range".formatted(lengthBytes, offset));
    if (offset > offer.sizeBytes() - lengthBytes)
      throw new GatewayError.Invalid(
          "%d bytes at %d end past the %d of %s"
              .formatted(lengthBytes, offset, offer.sizeBytes(), uri));
    if (((offset | lengthBytes) & (offer.blockBytesMin() - 1)) != 0)
      throw new GatewayError.Invalid(
          "%s takes multiples of %d bytes; %d bytes at %d are none"
              .formatted(uri, offer.blockBytesMin(), lengthBytes, offset));
  }

  @Override
  public void flush() {
    line.awaitAll();
    if (offer.has(Wire.EXPORT_SEND_FLUSH)) line.ask(Request.of(Command.FLUSH, 0, 0, 0));
  }

  @Override
  public Farewell commit() {
    flush();
    return line.disconnect();
  }

  @Override
  public void close() {
    line.close();
  }
}
