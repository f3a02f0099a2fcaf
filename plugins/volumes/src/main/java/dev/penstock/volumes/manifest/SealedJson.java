package dev.penstock.volumes.manifest;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A JSON object on one line whose last member is the CRC-32C of everything before it: {@code
 * {…,"crc32c":"1a2b3c4d"}}. The checksum is over the bytes as they stand, so nobody has to agree on
 * how JSON is written.
 */
public final class SealedJson {
  /** More than any file that a store writes; a larger one is not ours. */
  public static final int BYTES_MAX = 64 << 20;

  private static final String FORMAT = "format";
  private static final String SEAL = ",\"crc32c\":\"";
  private static final String END = "\"}\n";
  private static final int CRC_DIGITS = 8;

  private SealedJson() {}

  public static byte[] seal(JsonObject content) {
    return seal(content.encode());
  }

  /**
   * @param json an object that is not empty
   */
  static byte[] seal(String json) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    int bodyBytes = text.length - 1;
    byte[] seal = (SEAL + crc(text, bodyBytes) + END).getBytes(StandardCharsets.UTF_8);
    byte[] sealed = Arrays.copyOf(text, bodyBytes + seal.length);
    System.arraycopy(seal, 0, sealed, bodyBytes, seal.length);
    return sealed;
  }

  /**
   * What was sealed.
   *
   * <p>{@link GatewayError.Unsupported} if it says that its format is newer than {@code formatMax},
   * whatever its seal is like; {@link GatewayError.Damaged} if it is not what was written.
   *
   * @param file what messages call it
   */
  public static JsonObject open(String file, byte[] bytes, int formatMax) {
    return open(file, bytes, formatMax, RESTORE);
  }

  /**
   * The same, for what a backup cannot bring back.
   *
   * @param advice what to do about damage
   */
  static JsonObject open(String file, byte[] bytes, int formatMax, String advice) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    refuseNewer(file, text, formatMax);
    int seal = text.length() - END.length() - CRC_DIGITS - SEAL.length();
    if (seal < 0 || !text.startsWith(SEAL, seal) || !text.endsWith(END))
      throw new GatewayError.Damaged(
          "%s is truncated or was changed: it has %d bytes and does not end with a checksum; %s"
              .formatted(file, bytes.length, advice));
    String body = text.substring(0, seal);
    String stored = text.substring(seal + SEAL.length(), text.length() - END.length());
    String found = crc(body);
    if (!stored.equals(found))
      throw new GatewayError.Damaged(
          "%s was changed or is damaged: its checksum says %s, its content %s; %s"
              .formatted(file, stored, found, advice));
    try {
      return new JsonObject(body + "}");
    } catch (DecodeException e) {
      throw new GatewayError.Damaged("%s is not JSON; %s".formatted(file, advice), e);
    }
  }

  public static final String RESTORE = "bring it back from a backup; nothing was touched";

  /** {@link GatewayError.Unsupported} if there is a member that is not known. */
  static void refuseOthers(String file, JsonObject json, Set<String> known) {
    for (String member : json.fieldNames())
      if (!known.contains(member))
        throw new GatewayError.Unsupported(
            "%s has the member %s, which this version does not know; open it with the version that wrote it; nothing was touched"
                .formatted(file, member));
  }

  private static void refuseNewer(String file, String text, int formatMax) {
    long format;
    try {
      format = new JsonObject(text).getLong(FORMAT, 0L);
    } catch (DecodeException | ClassCastException _) {
      return; // then the seal tells
    }
    if (format > formatMax)
      throw new GatewayError.Unsupported(
          "%s has format %d, and this version reads up to %d; open it with the version that wrote it; nothing was touched"
              .formatted(file, format, formatMax));
  }

  private static String crc(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return crc(bytes, bytes.length);
  }

  private static String crc(byte[] bytes, int count) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, count);
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
