package dev.penstock.benchmarks;

import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** What a client sends. */
final class ClientRequests {
  private static final int READ = 0;

  private ClientRequests() {}

  /** Chooses an export in the shortest way that there is. */
  static ByteBuf choosing(String export) {
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    return Unpooled.directBuffer()
        .writeInt(Wire.FLAG_FIXED_NEWSTYLE | Wire.FLAG_NO_ZEROES)
        .writeLong(Wire.IHAVEOPT)
        .writeInt(Option.EXPORT_NAME.code())
        .writeInt(name.length)
        .writeBytes(name);
  }

  /** So many reads, one after the other, as a client with that queue depth sends them. */
  static ByteBuf reads(int count, int lengthBytes, long sizeBytes) {
    ByteBuf all = Unpooled.directBuffer(count * Wire.REQUEST_BYTES);
    for (int i = 0; i < count; i++)
      all.writeInt(Wire.REQUEST_MAGIC)
          .writeShort(0)
          .writeShort(READ)
          .writeLong(i)
          .writeLong((long) i * lengthBytes % sizeBytes)
          .writeInt(lengthBytes);
    return all;
  }
}
