package dev.penstock.nbd.transmit;

import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.VolumeCapability;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Lends its bytes in two pieces, and knows which it has not got back. */
final class Lending extends ForwardingVolume {
  private final MemoryVolume bytes;
  private int lent;
  private boolean secondIsOnDisk;

  Lending(MemoryVolume bytes) {
    super(bytes);
    this.bytes = bytes;
  }

  int lent() {
    return lent;
  }

  /** The second piece of what is lent next would have to be waited for. */
  void secondIsOnDisk() {
    secondIsOnDisk = true;
  }

  @Override
  protected void admit(boolean changes) {}

  @Override
  public Set<VolumeCapability> capabilities() {
    Set<VolumeCapability> all = EnumSet.copyOf(super.capabilities());
    all.add(VolumeCapability.REGIONS);
    return all;
  }

  @Override
  public List<FileRegion> regions(long offset, long lengthBytes) {
    int first = (int) lengthBytes / 2;
    List<FileRegion> pieces = new ArrayList<>();
    pieces.add(new Piece(offset, first, false));
    pieces.add(new Piece(offset + first, (int) lengthBytes - first, secondIsOnDisk));
    lent += pieces.size();
    return pieces;
  }

  @Override
  public void close() {
    bytes.close();
  }

  private final class Piece implements FileRegion {
    private final long offset;
    private final ByteBuffer memory;
    private final boolean onDisk;
    private boolean closed;

    Piece(long offset, int lengthBytes, boolean onDisk) {
      this.offset = offset;
      this.onDisk = onDisk;
      ByteBuffer copy = ByteBuffer.allocateDirect(lengthBytes);
      bytes.read(offset, copy);
      memory = copy.flip().asReadOnlyBuffer();
    }

    @Override
    public FileChannel channel() {
      throw new AssertionError("nobody sends from the file");
    }

    @Override
    public long positionBytes() {
      return offset;
    }

    @Override
    public long lengthBytes() {
      return memory.remaining();
    }

    @Override
    public Optional<ByteBuffer> memory() {
      if (closed) throw new AssertionError("looked at after it was given back");
      return onDisk ? Optional.empty() : Optional.of(memory);
    }

    @Override
    public void close() {
      if (!closed) lent--;
      closed = true;
    }
  }
}
