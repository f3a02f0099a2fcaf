package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the data of one option, and never past its end. Protocol document, "Option types". */
final class OptionData {
  /** What INFO and GO carry. */
  record ExportQuery(String name, Set<Integer> infos) {}

  /** What LIST_META_CONTEXT and SET_META_CONTEXT carry. */
  record ContextQuery(String name, List<String> queries) {}

  private final ByteBuf data;

  OptionData(ByteBuf data) {
    this.data = data;
  }

  ExportQuery exportQuery() throws Malformed {
    String name = string("name");
    int count = unsignedShort("count of information requests");
    if (data.readableBytes() != count * Short.BYTES) {
      throw new Malformed(
          "%d information requests in %d bytes".formatted(count, data.readableBytes()));
    }
    Set<Integer> infos = new HashSet<>();
    for (int i = 0; i < count; i++) infos.add(data.readUnsignedShort());
    return new ExportQuery(name, infos);
  }

  ContextQuery contextQuery() throws Malformed {
    String name = string("name");
    long count = unsignedInt("count of queries");
    // Each query has at least its length: checked before the list grows.
    if (count * Integer.BYTES > data.readableBytes()) {
      throw new Malformed("%d queries in %d bytes".formatted(count, data.readableBytes()));
    }
    List<String> queries = new ArrayList<>((int) count);
    for (int i = 0; i < count; i++) queries.add(string("query"));
    nothingElse();
    return new ContextQuery(name, queries);
  }

  /** All of the data, as the name of an export. */
  String wholeName() throws Malformed {
    return text("name", data.readableBytes());
  }

  void nothingElse() throws Malformed {
    if (data.isReadable()) {
      throw new Malformed("%d bytes too many".formatted(data.readableBytes()));
    }
  }

  private String string(String what) throws Malformed {
    long bytes = unsignedInt("length of the " + what);
    if (bytes > data.readableBytes()) {
      throw new Malformed(
          "%s of %d bytes in an option with %d left".formatted(what, bytes, data.readableBytes()));
    }
    return text(what, (int) bytes);
  }

  private String text(String what, int bytes) throws Malformed {
    if (bytes > Wire.STRING_BYTES_MAX) {
      throw new Malformed(
          "%s of %d bytes; the most is %d".formatted(what, bytes, Wire.STRING_BYTES_MAX));
    }
    byte[] encoded = new byte[bytes];
    data.readBytes(encoded);
    for (byte b : encoded) {
      if (b == 0) throw new Malformed(what + " with a zero byte");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(encoded)).toString();
    } catch (CharacterCodingException _) {
      throw new Malformed(what + " is no UTF-8");
    }
  }

  private int unsignedShort(String what) throws Malformed {
    need(Short.BYTES, what);
    return data.readUnsignedShort();
  }

  private long unsignedInt(String what) throws Malformed {
    need(Integer.BYTES, what);
    return data.readUnsignedInt();
  }

  private void need(int bytes, String what) throws Malformed {
    if (data.readableBytes() < bytes) throw new Malformed("ends before the " + what);
  }
}
