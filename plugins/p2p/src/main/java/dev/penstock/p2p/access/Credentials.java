package dev.penstock.p2p.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import java.util.Base64;

/** What an Authorization header says. */
public sealed interface Credentials {
  /** RFC 7617. */
  record Basic(String user, String password) implements Credentials {
    @Override
    public String toString() {
      return "Basic " + user;
    }
  }

  /** RFC 6750. */
  record Bearer(String token) implements Credentials {
    @Override
    public String toString() {
      return "Bearer";
    }
  }

  /**
   * Reads the header. The base64 may be of either alphabet, padded or not: git-annex uses the one
   * for URLs, and everybody else the other. The name ends at the first colon.
   *
   * @throws GatewayError.Invalid if it is neither
   */
  static Credentials parse(String header) {
    int space = header.indexOf(' ');
    String scheme = space < 0 ? header : header.substring(0, space);
    String rest = space < 0 ? "" : header.substring(space + 1).strip();
    if (scheme.equalsIgnoreCase("Bearer") && isToken(rest)) return new Bearer(rest);
    if (scheme.equalsIgnoreCase("Basic")) return basic(rest);
    throw new GatewayError.Invalid("the Authorization header is neither Basic nor Bearer");
  }

  private static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(letter -> letter > ' ' && letter < 0x7f);
  }

  private static Credentials basic(String base64) {
    String one = base64.replace('+', '-').replace('/', '_');
    int end = one.length();
    while (end > 0 && one.charAt(end - 1) == '=') end--;
    byte[] decoded;
    try {
      decoded = Base64.getUrlDecoder().decode(one.substring(0, end).getBytes(ISO_8859_1));
    } catch (IllegalArgumentException _) {
      throw new GatewayError.Invalid("the Authorization header is no base64");
    }
    String both = new String(decoded, UTF_8);
    int colon = both.indexOf(':');
    if (colon < 0) throw new GatewayError.Invalid("the Authorization header has no colon");
    return new Basic(both.substring(0, colon), both.substring(colon + 1));
  }
}
