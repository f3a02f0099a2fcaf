package dev.penstock.p2p.line;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Cuts what the other side writes into lines, and into data where {@link #expectData} said so. What
 * comes after a line depends on it, so each piece is asked for.
 *
 * <p><b>Threads.</b> One at a time.
 */
final class LineDecoder {
  /** Without the end of the line. A longer one is no line of this protocol. */
  static final int LINE_BYTES_MAX = 32 << 10;

  private Buffer held = Buffer.buffer();

  /** Of {@link #held}, how much was given out. */
  private int from;

  /** Of {@link #held}, how far there is no end of a line. */
  private int searched;

  private long dataBytesLeft;

  /** What comes next. */
  sealed interface Piece {
    record Line(String text) implements Piece {}

    /**
     * @param last whether a line comes behind it
     */
    record Data(Buffer bytes, boolean last) implements Piece {}
  }

  /** Takes what has come, in however many fragments. */
  void add(Buffer bytes) {
    held = isEmpty() ? bytes : held.getBuffer(from, held.length()).appendBuffer(bytes);
    searched = isEmpty() ? 0 : searched - from;
    from = 0;
  }

  /** The next so many bytes are no lines. */
  void expectData(long bytes) {
    dataBytesLeft = bytes;
  }

  boolean isEmpty() {
    return from == held.length();
  }

  /** Empty if not enough has come; {@link GatewayError.Failed} for a line without an end. */
  Optional<Piece> next() {
    return dataBytesLeft > 0 ? data() : line();
  }

  private Optional<Piece> data() {
    if (isEmpty()) return Optional.empty();
    int length = (int) Math.min(dataBytesLeft, held.length() - from);
    Buffer bytes = held.slice(from, from + length);
    from += length;
    dataBytesLeft -= length;
    return Optional.of(new Piece.Data(bytes, dataBytesLeft == 0));
  }

  private Optional<Piece> line() {
    for (int i = Math.max(from, searched); i < held.length(); i++) {
      if (i - from > LINE_BYTES_MAX) throw tooLong();
      if (held.getByte(i) != '\n') continue;
      int end = i > from && held.getByte(i - 1) == '\r' ? i - 1 : i;
      String text = held.getString(from, end, StandardCharsets.UTF_8.name());
      from = i + 1;
      searched = from;
      return Optional.of(new Piece.Line(text));
    }
    searched = held.length();
    if (held.length() - from > LINE_BYTES_MAX) throw tooLong();
    return Optional.empty();
  }

  private static GatewayError tooLong() {
    return new GatewayError.Failed(
        Scope.CONNECTION,
        "a line of more than %d bytes, which is none of the P2P protocol"
            .formatted(LINE_BYTES_MAX));
  }
}
