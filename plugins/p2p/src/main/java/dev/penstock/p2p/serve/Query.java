package dev.penstock.p2p.serve;

import dev.penstock.p2p.wire.EncodedText;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.RawText;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The parameters of a request, read where they stand: nothing is decoded that nobody asks for. Of
 * one that is there twice the first counts.
 */
final class Query {
  /** A cluster of more gateways would take the whole line. */
  static final int BYPASS_MAX = 64;

  private final String raw;

  /**
   * @param raw without the question mark; perhaps empty
   */
  Query(String raw) {
    this.raw = raw;
  }

  Optional<RawText> text(String name) {
    int at = find(name, 0);
    return at < 0 ? Optional.empty() : Optional.of(EncodedText.readPercent(value(at)));
  }

  /** {@link GatewayError.Invalid} if it is not there, or empty. */
  RawText required(String name) {
    return text(name)
        .filter(text -> !text.isEmpty())
        .orElseThrow(() -> new GatewayError.Invalid("the parameter %s is missing".formatted(name)));
  }

  /** Empty if it is not there; {@link GatewayError.Invalid} unless it is from 0 to 2^63 - 1. */
  OptionalLong number(String name) {
    Optional<RawText> text = text(name);
    return text.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Digits.read(name, text.get().toString()));
  }

  /** Whether it is there and {@code true}. */
  boolean isTrue(String name) {
    Optional<RawText> text = text(name);
    if (text.isEmpty()) return false;
    return switch (text.get().toString()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new GatewayError.Invalid(name + " takes true or false");
    };
  }

  /** All values of one name. */
  Set<String> all(String name) {
    int at = find(name, 0);
    if (at < 0) return Set.of();
    Set<String> values = new HashSet<>();
    for (; at >= 0; at = find(name, at)) {
      values.add(EncodedText.readPercent(value(at)).toString());
      if (values.size() > BYPASS_MAX)
        throw new GatewayError.Invalid(
            "%s is there more than %d times".formatted(name, BYPASS_MAX));
    }
    return values;
  }

  /** Where the next value of that name begins; -1 if there is none. */
  private int find(String name, int from) {
    for (int at = raw.indexOf(name, from); at >= 0; at = raw.indexOf(name, at + 1)) {
      int end = at + name.length();
      boolean begins = at == 0 || raw.charAt(at - 1) == '&';
      if (begins && end < raw.length() && raw.charAt(end) == '=') return end + 1;
    }
    return -1;
  }

  private String value(int at) {
    int end = raw.indexOf('&', at);
    return end < 0 ? raw.substring(at) : raw.substring(at, end);
  }
}
