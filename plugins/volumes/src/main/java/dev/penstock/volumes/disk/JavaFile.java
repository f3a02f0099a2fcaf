package dev.penstock.volumes.disk;

import dev.penstock.spi.GatewayError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file by its channel. A thread that is interrupted in a call closes the channel, and every call
 * after that fails until the file is opened anew: the price of doing without the C library.
 */
final class JavaFile implements DiskFile {
  private final Path path;
  private final FileChannel channel;
  private volatile @Nullable FileChannel durable;

  JavaFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T call(String doing, Call<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw JavaDisk.error(doing, path, e);
    }
  }

  @Override
  public long sizeBytes() {
    return call("size of", channel::size);
  }

  @Override
  public long allocatedBytes() {
    return 0;
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    long at = offset;
    while (target.hasRemaining()) {
      long from = at;
      int count = call("read at %d of".formatted(from), () -> channel.read(target, from));
      if (count <= 0)
        throw new GatewayError.Damaged(
            "read at %d of %s: the file ends there; somebody has truncated it"
                .formatted(from, path));
      at += count;
    }
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    writeTo(channel, offset, source);
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    FileChannel opened = durable;
    writeTo(opened == null ? openDurable() : opened, offset, source);
  }

  /** A channel of its own: see LinuxFile, whose second descriptor has the same reason. */
  private synchronized FileChannel openDurable() {
    FileChannel opened = durable;
    if (opened == null)
      durable =
          opened =
              call(
                  "open",
                  () -> FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.DSYNC));
    return opened;
  }

  private void writeTo(FileChannel to, long offset, ByteBuffer source) {
    long at = offset;
    while (source.hasRemaining()) {
      long from = at;
      at += call("write at %d of".formatted(from), () -> to.write(source, from));
    }
  }

  @Override
  public void truncate(long sizeBytes) {
    call(
        "resize",
        () -> {
          channel.truncate(sizeBytes);
          if (channel.size() < sizeBytes)
            channel.write(ByteBuffer.allocate(1), sizeBytes - 1); // no call only makes it longer
          return sizeBytes;
        });
  }

  @Override
  public void dataSync() {
    force(false);
  }

  @Override
  public void sync() {
    force(true);
  }

  private void force(boolean metadata) {
    call(
        "sync",
        () -> {
          channel.force(metadata);
          return metadata;
        });
  }

  @Override
  public void willNeed(long offset, long lengthBytes) {
    // A hint: nobody to give it to.
  }

  @Override
  public Optional<FileChannel> openChannel() {
    return Optional.of(call("open", () -> FileChannel.open(path, StandardOpenOption.READ)));
  }

  /**
   * A POSIX lock, which ends when this process closes any channel of the file: whoever locks a file
   * opens it once.
   */
  @Override
  public boolean tryLock() {
    try {
      return call("lock", () -> Optional.ofNullable(channel.tryLock())).isPresent();
    } catch (OverlappingFileLockException _) { // in this process
      return false;
    }
  }

  @Override
  public Facilities probe() {
    return new Facilities(false, false, false, false, false, true);
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    throw notOffered("read without waiting");
  }

  @Override
  public void punch(long offset, long lengthBytes) {
    throw notOffered("punch");
  }

  @Override
  public void zeroRange(long offset, long lengthBytes) {
    throw notOffered("zero");
  }

  @Override
  public long nextData(long from) {
    throw notOffered("seek data in");
  }

  @Override
  public long nextHole(long from) {
    throw notOffered("seek holes in");
  }

  @Override
  public Optional<Span> nextReserved(long from, long to) {
    throw notOffered("map");
  }

  private GatewayError notOffered(String doing) {
    return new GatewayError.Unsupported("%s %s: not without the C library".formatted(doing, path));
  }

  @Override
  public void close() {
    FileChannel opened = durable;
    call(
        "close",
        () -> {
          if (opened != null) opened.close();
          channel.close();
          return path;
        });
  }
}
