package dev.penstock.volumes.claim;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * All the claims of a layer up to some record of its log, as a file that is written once and whole.
 *
 * <pre>
 *   header, 64 bytes
 *     "PSTKCMAP"  version u32  crc32c u32  layer 16 bytes  lsn u64  final u32  pages u32  0 u64 ×2
 *   pages, in order
 *     crc32c u32  bytes u32  page u64  and then the page: runs u32, and each run u32 (first grain 14
 *     bits, count less one 14, state 2); or 1024, and two bits for each grain
 * </pre>
 *
 * Little-endian. A page without claims is left out. A checksum covers everything after it in its
 * header or page.
 *
 * @param lsn records up to this one are in it
 * @param isFinal nothing comes after it: the layer needs no log
 */
public record ClaimMap(Claims claims, long lsn, boolean isFinal) {
  static final int VERSION = 1;

  private static final long MAGIC = 0x50414d434b545350L; // "PSTKCMAP"
  private static final int HEADER_BYTES = 64;
  private static final int PAGE_HEADER_BYTES = 16;
  private static final int BUFFER_BYTES = 1 << 20;

  /** Writes the file, which is empty; not durable before it is synced. */
  public void write(DiskFile file, UUID layer) {
    int pageBytesMax = PAGE_HEADER_BYTES + ClaimPage.ENCODED_BYTES_MAX;
    int atOnce =
        (int) Math.min(BUFFER_BYTES, HEADER_BYTES + (long) claims.pages().size() * pageBytesMax);
    ByteBuffer buffer = ByteBuffer.allocate(atOnce).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(MAGIC).putInt(VERSION).putInt(0);
    buffer.putLong(layer.getMostSignificantBits()).putLong(layer.getLeastSignificantBits());
    buffer.putLong(lsn).putInt(isFinal ? 1 : 0).putInt(claims.pages().size());
    buffer.putLong(0).putLong(0);
    buffer.putInt(12, crc(buffer, 16, HEADER_BYTES - 16));
    long at = 0;
    for (Map.Entry<Long, ClaimPage> page : claims.pages().entrySet()) {
      if (buffer.remaining() < PAGE_HEADER_BYTES + ClaimPage.ENCODED_BYTES_MAX)
        at = written(file, at, buffer);
      int start = buffer.position();
      buffer.putInt(0).putInt(page.getValue().encodedBytes()).putLong(page.getKey());
      page.getValue().encode(buffer);
      buffer.putInt(start, crc(buffer, start + 4, buffer.position() - start - 4));
    }
    var _ = written(file, at, buffer);
  }

  private static long written(DiskFile file, long at, ByteBuffer buffer) {
    buffer.flip();
    long end = at + buffer.limit();
    file.write(at, buffer);
    buffer.clear();
    return end;
  }

  /**
   * Reads a file. {@link GatewayError.Damaged} names the page that is not what was written.
   *
   * @param called what messages call it
   * @param layer whose it has to be
   */
  public static ClaimMap read(DiskFile file, String called, UUID layer) {
    return new Reading(file, called).map(layer);
  }

  private static int crc(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }

  private static final class Reading {
    private final DiskFile file;
    private final String called;
    private final ByteBuffer buffer;
    private final long sizeBytes;
    private long nextBytes; // not in the buffer yet

    Reading(DiskFile file, String called) {
      this.file = file;
      this.called = called;
      this.sizeBytes = file.sizeBytes();
      this.buffer =
          ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, Math.max(HEADER_BYTES, sizeBytes)))
              .order(ByteOrder.LITTLE_ENDIAN)
              .limit(0);
    }

    ClaimMap map(UUID layer) {
      require(HEADER_BYTES, "header");
      int at = buffer.position();
      if (buffer.getLong(at) != MAGIC) throw damaged("it does not begin like one");
      if (buffer.getInt(at + 8) > VERSION)
        throw new GatewayError.Unsupported(
            "%s has format %d, and this version reads up to %d; open it with the version that wrote it"
                .formatted(called, buffer.getInt(at + 8), VERSION));
      if (buffer.getInt(at + 12) != crc(buffer, at + 16, HEADER_BYTES - 16))
        throw damaged("the checksum of its header is wrong");
      if (buffer.getLong(at + 16) != layer.getMostSignificantBits()
          || buffer.getLong(at + 24) != layer.getLeastSignificantBits())
        throw damaged("it is that of another layer");
      long lsn = buffer.getLong(at + 32);
      boolean isFinal = buffer.getInt(at + 40) != 0;
      int pages = buffer.getInt(at + 44);
      buffer.position(at + HEADER_BYTES);
      Claims claims = new Claims();
      long before = -1;
      for (int i = 0; i < pages; i++) before = page(claims, before);
      if (buffer.hasRemaining() || nextBytes < sizeBytes)
        throw damaged("it goes on after its last page");
      return new ClaimMap(claims, lsn, isFinal);
    }

    private long page(Claims claims, long before) {
      require(PAGE_HEADER_BYTES, "page after %d".formatted(before));
      int at = buffer.position();
      long number = buffer.getLong(at + 8);
      int bytes = buffer.getInt(at + 4);
      if (bytes < 4 || bytes > ClaimPage.ENCODED_BYTES_MAX || number <= before)
        throw damaged("the page after %d makes no sense".formatted(before));
      require(PAGE_HEADER_BYTES + bytes, "page %d".formatted(number));
      at = buffer.position();
      if (buffer.getInt(at) != crc(buffer, at + 4, PAGE_HEADER_BYTES - 4 + bytes))
        throw damaged("the checksum of page %d is wrong".formatted(number));
      buffer.position(at + PAGE_HEADER_BYTES);
      claims.put(number, ClaimPage.decode(buffer));
      if (buffer.position() != at + PAGE_HEADER_BYTES + bytes)
        throw damaged("page %d has another length".formatted(number));
      return number;
    }

    private void require(int bytes, String what) {
      if (buffer.remaining() >= bytes) return;
      buffer.compact();
      int more = (int) Math.min(buffer.remaining(), sizeBytes - nextBytes);
      buffer.limit(buffer.position() + more);
      file.read(nextBytes, buffer);
      nextBytes += more;
      buffer.flip();
      if (buffer.remaining() < bytes) throw damaged("it ends in its " + what);
    }

    private GatewayError.Damaged damaged(String why) {
      return new GatewayError.Damaged("%s is no map of claims: %s".formatted(called, why));
    }
  }
}
