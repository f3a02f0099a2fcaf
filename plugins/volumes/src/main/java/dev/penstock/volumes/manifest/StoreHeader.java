package dev.penstock.volumes.manifest;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;

/**
 * What the file {@code STORE} says: that the directory is a store, which one, and in what format.
 */
public record StoreHeader(UUID store, Instant created) {
  public static final int VERSION = 1;

  public byte[] encode() {
    return SealedJson.seal(
        new JsonObject()
            .put("format", VERSION)
            .put("store", store.toString())
            .put("created", created.toString()));
  }

  /** Throws what {@link SealedJson#open} does. */
  public static StoreHeader decode(String file, byte[] bytes) {
    JsonObject json = SealedJson.open(file, bytes, VERSION);
    try {
      return new StoreHeader(
          UUID.fromString(json.getString("store", "")),
          Instant.parse(json.getString("created", "")));
    } catch (IllegalArgumentException | ClassCastException | DateTimeException e) {
      throw new GatewayError.Damaged(
          "%s makes no sense: %s; %s".formatted(file, e.getMessage(), SealedJson.RESTORE), e);
    }
  }
}
