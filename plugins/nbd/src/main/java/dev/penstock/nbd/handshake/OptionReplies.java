package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;

/** Writes the replies to one option. Protocol document, "Option reply types". */
final class OptionReplies {
  private final ByteBuf out;
  private final int option;

  OptionReplies(ByteBuf out, int option) {
    this.out = out;
    this.option = option;
  }

  void acknowledge() {
    header(Wire.REP_ACK, 0);
  }

  void error(OptionError error, String text) {
    byte[] said = text.getBytes(UTF_8);
    int bytes = Math.min(said.length, Wire.STRING_BYTES_MAX);
    while (bytes < said.length && isInsideCharacter(said[bytes])) bytes--;
    header(error.code(), bytes);
    out.writeBytes(said, 0, bytes);
  }

  /** "A string ... MUST be UTF-8": what is cut off is cut off between two characters. */
  private static boolean isInsideCharacter(byte next) {
    return (next & 0xC0) == 0x80;
  }

  /** The one answer without a header: what the client may do begins right behind it. */
  void exportName(long sizeBytes, int flags, boolean zeroes) {
    out.writeLong(sizeBytes).writeShort(flags);
    if (zeroes) out.writeZero(Wire.EXPORT_NAME_ZEROES_BYTES);
  }

  void server(Exports.Listed export) {
    byte[] name = export.name().getBytes(UTF_8);
    byte[] description = export.description().getBytes(UTF_8);
    header(Wire.REP_SERVER, Integer.BYTES + name.length + description.length);
    out.writeInt(name.length).writeBytes(name).writeBytes(description);
  }

  void infoExport(long sizeBytes, int flags) {
    header(Wire.REP_INFO, Short.BYTES + Long.BYTES + Short.BYTES);
    out.writeShort(Wire.INFO_EXPORT).writeLong(sizeBytes).writeShort(flags);
  }

  void infoText(int info, String text) {
    byte[] said = text.getBytes(UTF_8);
    header(Wire.REP_INFO, Short.BYTES + said.length);
    out.writeShort(info).writeBytes(said);
  }

  void infoBlockSize(BlockSizes blocks) {
    header(Wire.REP_INFO, Short.BYTES + 3 * Integer.BYTES);
    out.writeShort(Wire.INFO_BLOCK_SIZE)
        .writeInt(blocks.minBytes())
        .writeInt(blocks.preferredBytes())
        .writeInt(blocks.payloadBytesMax());
  }

  void metaContext(int id, String name) {
    byte[] said = name.getBytes(UTF_8);
    header(Wire.REP_META_CONTEXT, Integer.BYTES + said.length);
    out.writeInt(id).writeBytes(said);
  }

  private void header(int reply, int dataBytes) {
    out.writeLong(Wire.OPTION_REPLY_MAGIC).writeInt(option).writeInt(reply).writeInt(dataBytes);
  }
}
