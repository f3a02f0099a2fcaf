package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.head.Head;
import dev.penstock.volumes.layer.View;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.Manifest.Incoming;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/** A snapshot that is being received into a layer. */
final class Reception implements Receiving {
  /**
   * @param volume its name once it is complete
   * @param key its name now
   */
  record Target(String volume, String key, Incoming incoming) {}

  /** What writes the layer. */
  static final class Writer {
    private final Head head;
    private final View view;
    private final Consumer<View> closing;

    Writer(StoredVolume.Parts parts, Consumer<View> closing) {
      this.head = parts.head();
      this.view = parts.view();
      this.closing = closing;
    }

    private long sizeBytes() {
      return view.top().sizeBytes();
    }

    private void close() {
      head.close();
      closing.accept(view);
    }
  }

  private enum State {
    OPEN,
    COMPLETE,
    LEFT
  }

  /** So that the disk is not idle while more comes, and little is left to wait for at the end. */
  private static final long BEGUN_BYTES = 8L << 20;

  private final Catalogue catalogue;
  private final Target target;
  private final Writer writer;
  private final Receptions receptions;
  private final long unkeptBytesMax;
  private long durableBytes;
  private long reachedBytes;
  private long unkeptBytes;
  private long begunBytes; // up to where the disk was told to write
  private long unbegunBytes;
  private State state = State.OPEN;

  /** A sync has failed: the next one would report success for what was dropped. */
  private boolean isBroken;

  /**
   * @param unkeptBytesMax what comes between two points from which it can go on
   */
  Reception(
      Catalogue catalogue,
      Target target,
      Writer writer,
      Receptions receptions,
      long unkeptBytesMax) {
    this.unkeptBytesMax = unkeptBytesMax;
    this.catalogue = catalogue;
    this.target = target;
    this.writer = writer;
    this.receptions = receptions;
    this.durableBytes = target.incoming().reachedBytes();
    this.reachedBytes = durableBytes;
    this.begunBytes = durableBytes;
  }

  @Override
  public long offset() {
    return durableBytes;
  }

  @Override
  public void data(long offset, ByteBuffer source) {
    int lengthBytes = source.remaining();
    requireNext(offset, lengthBytes);
    writer.head.write(offset, source);
    reached(offset + lengthBytes, lengthBytes);
  }

  @Override
  public void zero(long offset, long lengthBytes) {
    requireNext(offset, lengthBytes);
    if (lengthBytes > 0) writer.head.zero(offset, lengthBytes, ZeroMode.MAY_PUNCH);
    reached(offset + lengthBytes, 0);
  }

  private void requireNext(long offset, long lengthBytes) {
    requireSound();
    if (offset < reachedBytes
        || lengthBytes < 0
        || offset > writer.sizeBytes()
        || lengthBytes > writer.sizeBytes() - offset)
      throw new GatewayError.Invalid(
          "snapshot %s of %s has come up to byte %d of %d: %d bytes at %d do not follow"
              .formatted(
                  target.incoming().name(),
                  target.volume(),
                  reachedBytes,
                  writer.sizeBytes(),
                  lengthBytes,
                  offset));
  }

  private void reached(long offset, long writtenBytes) {
    reachedBytes = offset;
    unkeptBytes += writtenBytes;
    unbegunBytes += writtenBytes;
    if (unkeptBytes >= unkeptBytesMax) checkpoint();
    else if (unbegunBytes >= BEGUN_BYTES) begin();
  }

  private void begin() {
    writer.head.writeSoon(begunBytes, reachedBytes - begunBytes);
    begunBytes = reachedBytes;
    unbegunBytes = 0;
  }

  private void requireSound() {
    if (state != State.OPEN) throw new IllegalStateException("nothing is received any more");
    if (isBroken)
      throw new GatewayError.Damaged(
          "what was received of volume %s after byte %d may be lost; receive it again from there"
              .formatted(target.volume(), durableBytes));
  }

  private void sync() {
    isBroken = true;
    try {
      writer.head.sync();
    } catch (GatewayError.NoSpace e) {
      isBroken = false; // nothing was lost: the claims wait for room
      throw e;
    }
    isBroken = false;
  }

  /** What has come is durable, and the manifest says how far that is. */
  private void checkpoint() {
    sync();
    long now = reachedBytes;
    catalogue.change(() -> {
      Manifest before = Optional.ofNullable(catalogue.volumes().get(target.key())).orElseThrow();
      Incoming was = before.incoming().orElseThrow();
      Incoming is =
          new Incoming(was.layer(), was.guid(), was.name(), was.created(), was.from(), now);
      catalogue.replace(target.key(), before.edit().incoming(Optional.of(is)).done());
      return is;
    });
    durableBytes = now;
    unkeptBytes = 0;
    begunBytes = now;
    unbegunBytes = 0;
  }

  @Override
  public void complete() {
    complete(Optional.empty());
  }

  @Override
  public void complete(String tag) {
    complete(Optional.of(tag));
  }

  private void complete(Optional<String> tag) {
    requireSound();
    sync();
    receptions.complete(target, tag);
    state = State.COMPLETE;
    writer.close();
  }

  @Override
  public void discard() {
    if (state != State.OPEN) return;
    state = State.LEFT;
    writer.close();
    receptions.discard(target.volume(), target.key());
  }

  /** What cannot be made durable now is sent again. */
  @Override
  public void close() {
    if (state != State.OPEN) return;
    state = State.LEFT;
    try {
      if (reachedBytes > durableBytes && !isBroken) checkpoint();
    } finally {
      writer.close();
      receptions.leftOff(target.key());
    }
  }
}
