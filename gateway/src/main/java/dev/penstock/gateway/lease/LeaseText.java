package dev.penstock.gateway.lease;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** A lease as it is written into the state. Fields that a later version adds are left alone. */
final class LeaseText {
  private LeaseText() {}

  static String word(Lease.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  static String write(Lease lease) {
    var json =
        new JsonObject()
            .put("volume", lease.volume().toString())
            .put("snapshot", lease.snapshot().toString())
            .put("subject", lease.subject())
            .put("owner", lease.owner())
            .put("kind", lease.kind().name())
            .put("acquired_at", lease.acquiredAt().toString());
    lease.expiry().ifPresent(expiry -> json.put("expiry", expiry.toString()));
    return json.encode();
  }

  /** {@link GatewayError.Damaged}: what cannot be read might protect what is needed. */
  static Lease read(String guid, String text) {
    try {
      var json = new JsonObject(text);
      return new Lease(
          UUID.fromString(guid),
          UUID.fromString(field(json, "volume")),
          UUID.fromString(field(json, "snapshot")),
          field(json, "subject"),
          field(json, "owner"),
          Lease.Kind.valueOf(field(json, "kind")),
          Instant.parse(field(json, "acquired_at")),
          Optional.ofNullable(json.getString("expiry")).map(Duration::parse));
    } catch (DecodeException
        | DateTimeException
        | IllegalArgumentException
        | ClassCastException e) {
      throw new GatewayError.Damaged(
          "lease %s in the state cannot be read: %s; restore the state from a backup"
              .formatted(guid, e.getMessage()),
          e);
    }
  }

  private static String field(JsonObject json, String name) {
    String text = json.getString(name);
    if (text == null) throw new IllegalArgumentException(name + " is missing");
    return text;
  }
}
