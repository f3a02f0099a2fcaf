package dev.penstock.nbd.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;

/** What a client says, built message by message; right or wrong as the test wants it. */
public final class ClientBytes {
  private final ByteBuf bytes = Unpooled.buffer();

  public ClientBytes flags(int flags) {
    bytes.writeInt(flags);
    return this;
  }

  /** The flags of every client of today. */
  public ClientBytes fixedNoZeroes() {
    return flags(Wire.FLAG_FIXED_NEWSTYLE | Wire.FLAG_NO_ZEROES);
  }

  public ClientBytes option(int code, byte[] data) {
    return optionHeader(code, data.length).raw(data);
  }

  public ClientBytes option(Option option, byte[] data) {
    return option(option.code(), data);
  }

  public ClientBytes option(Option option) {
    return option(option, new byte[0]);
  }

  public ClientBytes optionHeader(int code, int announcedBytes) {
    bytes.writeLong(Wire.IHAVEOPT).writeInt(code).writeInt(announcedBytes);
    return this;
  }

  public ClientBytes go(String name, int... infos) {
    return option(Option.GO, exportQuery(name, infos));
  }

  public ClientBytes info(String name, int... infos) {
    return option(Option.INFO, exportQuery(name, infos));
  }

  public ClientBytes setContext(String name, String... queries) {
    return option(Option.SET_META_CONTEXT, contextQuery(name, List.of(queries)));
  }

  public ClientBytes listContext(String name, String... queries) {
    return option(Option.LIST_META_CONTEXT, contextQuery(name, List.of(queries)));
  }

  public ClientBytes request(int flags, int command, long cookie, long offset, long lengthBytes) {
    bytes
        .writeInt(Wire.REQUEST_MAGIC)
        .writeShort(flags)
        .writeShort(command)
        .writeLong(cookie)
        .writeLong(offset)
        .writeInt((int) lengthBytes);
    return this;
  }

  public ClientBytes request(Command command, long cookie, long offset, long lengthBytes) {
    return request(0, command.code(), cookie, offset, lengthBytes);
  }

  public ClientBytes write(long cookie, long offset, byte[] payload) {
    return request(Command.WRITE, cookie, offset, payload.length).raw(payload);
  }

  /** With extended headers. A payload that was announced is not added. */
  public ClientBytes extended(int flags, int command, long cookie, long offset, long length) {
    bytes
        .writeInt(Wire.EXTENDED_REQUEST_MAGIC)
        .writeShort(flags)
        .writeShort(command)
        .writeLong(cookie)
        .writeLong(offset)
        .writeLong(length);
    return this;
  }

  public ClientBytes extended(Command command, long cookie, long offset, long lengthBytes) {
    return extended(0, command.code(), cookie, offset, lengthBytes);
  }

  /** With extended headers, any command with a payload. */
  public ClientBytes carrying(Command command, long cookie, long offset, byte... payload) {
    return extended(Wire.CMD_FLAG_PAYLOAD_LEN, command.code(), cookie, offset, payload.length)
        .raw(payload);
  }

  /** With extended headers, the status of blocks in some contexts. */
  public ClientBytes statusOf(long cookie, long offset, long lengthBytes, int... contextIds) {
    ByteBuf selection = Unpooled.buffer().writeLong(lengthBytes);
    for (int id : contextIds) selection.writeInt(id);
    return carrying(Command.BLOCK_STATUS, cookie, offset, ByteBufUtil.getBytes(selection));
  }

  public ClientBytes raw(byte... more) {
    bytes.writeBytes(more);
    return this;
  }

  public byte[] toBytes() {
    return ByteBufUtil.getBytes(bytes);
  }

  public ByteBuf toBuffer() {
    return Unpooled.wrappedBuffer(toBytes());
  }

  public static byte[] exportQuery(String name, int... infos) {
    byte[] encoded = name.getBytes(UTF_8);
    var data = Unpooled.buffer().writeInt(encoded.length).writeBytes(encoded);
    data.writeShort(infos.length);
    for (int info : infos) data.writeShort(info);
    return ByteBufUtil.getBytes(data);
  }

  public static byte[] contextQuery(String name, List<String> queries) {
    byte[] encoded = name.getBytes(UTF_8);
    var data = Unpooled.buffer().writeInt(encoded.length).writeBytes(encoded);
    data.writeInt(queries.size());
    for (String query : queries) {
      data.writeInt(query.getBytes(UTF_8).length).writeBytes(query.getBytes(UTF_8));
    }
    return ByteBufUtil.getBytes(data);
  }
}
