package dev.penstock.p2p.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.RawText;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;

/**
 * How keys, uuids, lock ids and names of files travel: as UTF-8, and in brackets, in base64url with
 * padding, if they are not UTF-8 or stand in brackets themselves. In a path or a query that is
 * percent-encoded once more. Source: git-annex's design document {@code p2p_protocol_over_http}.
 */
public final class EncodedText {
  private static final String UNRESERVED = "-._~";

  private EncodedText() {}

  /** As it stands in JSON. */
  public static String write(RawText text) {
    byte[] bytes = text.bytes();
    boolean bracketed = bytes.length >= 2 && bytes[0] == '[' && bytes[bytes.length - 1] == ']';
    if (!bracketed && isUtf8(bytes)) return new String(bytes, UTF_8);
    return "[" + Base64.getUrlEncoder().encodeToString(bytes) + "]";
  }

  /** As it stands in one segment of a path, or as a value of a query. */
  public static String percent(RawText text) {
    var out = new StringBuilder();
    for (byte one : write(text).getBytes(UTF_8)) {
      char letter = (char) (one & 0xff);
      boolean plain =
          letter < 0x80 && (Character.isLetterOrDigit(letter) || UNRESERVED.indexOf(letter) >= 0);
      if (plain) out.append(letter);
      else out.append("%%%02X".formatted((int) letter));
    }
    return out.toString();
  }

  /** {@link GatewayError.Invalid} for brackets around what is no base64url. */
  public static RawText read(String written) {
    return unbracketed(written.getBytes(UTF_8));
  }

  /**
   * Of a segment of a path, or of a value of a query, as it came.
   *
   * @throws GatewayError.Invalid for a percent sign without two hexadecimal digits, or as {@link
   *     #read}
   */
  public static RawText readPercent(String encoded) {
    byte[] in = encoded.getBytes(ISO_8859_1);
    var out = new ByteArrayOutputStream(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        out.write(in[i]);
        continue;
      }
      int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
      if (high < 0 || low < 0)
        throw new GatewayError.Invalid("a percent sign without two hexadecimal digits");
      out.write(high << 4 | low);
      i += 2;
    }
    return unbracketed(out.toByteArray());
  }

  private static RawText unbracketed(byte[] bytes) {
    if (bytes.length < 2 || bytes[0] != '[' || bytes[bytes.length - 1] != ']')
      return RawText.of(bytes);
    try {
      String inside = new String(bytes, 1, bytes.length - 2, ISO_8859_1);
      return RawText.of(Base64.getUrlDecoder().decode(inside));
    } catch (IllegalArgumentException _) {
      throw new GatewayError.Invalid("brackets around what is no base64url");
    }
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException _) {
      return false;
    }
  }
}
