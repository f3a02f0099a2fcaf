package dev.penstock.p2p.serve;

import dev.penstock.spi.GatewayError;
import java.util.Optional;

/** A Range header of one range. RFC 9110, 14. */
sealed interface ByteRange {
  /**
   * @param last {@link Long#MAX_VALUE} for the end
   */
  record From(long first, long last) implements ByteRange {}

  /** So many at the end. */
  record Last(long bytes) implements ByteRange {}

  /** Where it lies in content of a size. */
  record Portion(long first, long lengthBytes) {}

  /** Empty for several ranges, other units and nonsense: those are as if they were not there. */
  static Optional<ByteRange> parse(String header) {
    if (!header.startsWith("bytes=")) return Optional.empty();
    String range = header.substring("bytes=".length()).strip();
    int dash = range.indexOf('-');
    if (dash < 0 || range.indexOf(',') >= 0) return Optional.empty();
    String first = range.substring(0, dash);
    String last = range.substring(dash + 1);
    try {
      if (first.isEmpty()) return Optional.of(new Last(Digits.read("range", last)));
      long from = Digits.read("range", first);
      long to = last.isEmpty() ? Long.MAX_VALUE : Digits.read("range", last);
      return to < from ? Optional.empty() : Optional.of(new From(from, to));
    } catch (GatewayError.Invalid _) {
      return Optional.empty();
    }
  }

  /** Empty if nothing of the content lies in it. */
  default Optional<Portion> in(long sizeBytes) {
    return switch (this) {
      case From(long first, long _) when first >= sizeBytes -> Optional.empty();
      case From(long first, long last) ->
          Optional.of(new Portion(first, Math.min(last, sizeBytes - 1) - first + 1));
      case Last(long bytes) when bytes == 0 || sizeBytes == 0 -> Optional.empty();
      case Last(long bytes) -> {
        long length = Math.min(bytes, sizeBytes);
        yield Optional.of(new Portion(sizeBytes - length, length));
      }
    };
  }
}
