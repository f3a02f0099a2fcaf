package dev.penstock.volumes.manifest;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.OwnershipJson;
import io.vertx.core.json.JsonObject;
import java.util.Set;

/**
 * The record of who owns a volume, as bytes: sealed as manifests are. It has the volume's name in
 * it, so that a copy under another name is told from a record.
 */
public final class OwnershipFormat {
  public static final int VERSION = 1;

  private static final Set<String> MEMBERS = Set.of("format", "volume", "ownership");

  /** A record from a backup may be an old one, by which a volume would have two owners. */
  public static final String ADVICE =
      "ask the gateways that the volume may have been handed to who owns it; if it is owned here,"
          + " remove this file while the gateway is stopped";

  private OwnershipFormat() {}

  public static byte[] encode(String volume, Ownership ownership) {
    return SealedJson.seal(
        new JsonObject()
            .put("format", VERSION)
            .put("volume", volume)
            .put("ownership", OwnershipJson.write(ownership)));
  }

  /**
   * {@link GatewayError.Unsupported} if a newer version wrote it, {@link GatewayError.Damaged} if
   * it is not what was written, or was written for another volume.
   *
   * @param file what messages call it
   */
  public static Ownership decode(String file, String volume, byte[] bytes) {
    JsonObject json = SealedJson.open(file, bytes, VERSION, ADVICE);
    SealedJson.refuseOthers(file, json, MEMBERS);
    try {
      if (!volume.equals(json.getString("volume")))
        throw new IllegalArgumentException("it is of volume " + json.getString("volume"));
      return OwnershipJson.read(json.getJsonObject("ownership", new JsonObject()));
    } catch (IllegalArgumentException | ClassCastException | GatewayError.Damaged e) {
      throw new GatewayError.Damaged(
          "%s makes no sense: %s; %s".formatted(file, e.getMessage(), ADVICE), e);
    }
  }
}
