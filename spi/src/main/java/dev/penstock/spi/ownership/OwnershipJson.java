package dev.penstock.spi.ownership;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.UUID;

/**
 * An {@link Ownership} as JSON: for stores, messages and people. What is written is read for as
 * long as the SPI has this major version.
 *
 * @since SPI 1.0
 */
public final class OwnershipJson {
  private OwnershipJson() {}

  public static JsonObject write(Ownership ownership) {
    JsonObject json = phase(ownership.phase()).put("recorded", epoch(ownership.recorded()));
    ownership.owned().ifPresent(owned -> json.put("owned", epoch(owned)));
    return json;
  }

  /**
   * @throws GatewayError.Damaged if it is none
   */
  public static Ownership read(JsonObject json) {
    try {
      Optional<Epoch> owned =
          Optional.ofNullable(json.getJsonArray("owned")).map(OwnershipJson::epoch);
      return new Ownership(phase(json), epoch(json.getJsonArray("recorded")), owned);
    } catch (RuntimeException none) {
      throw new GatewayError.Damaged(
          "this is no record of who owns a volume: " + json.encode(), none);
    }
  }

  public static JsonArray epoch(Epoch epoch) {
    return new JsonArray().add(epoch.number()).add(epoch.migration().toString());
  }

  /**
   * @throws RuntimeException if it is none
   */
  public static Epoch epoch(JsonArray json) {
    return new Epoch(json.getLong(0), UUID.fromString(json.getString(1)));
  }

  private static JsonObject phase(Ownership.Phase phase) {
    return switch (phase) {
      case Ownership.None _ -> named("none");
      case Ownership.Owner(Optional<Counterpart> over) ->
          over.map(other -> named("owner").put("over", side(other)))
              .orElseGet(() -> named("owner"));
      case Ownership.Offered(Epoch offer, Counterpart to) -> with("offered", offer, "to", to);
      case Ownership.Handed(Epoch offer, Counterpart to) -> with("handed", offer, "to", to);
      case Ownership.Gone(Epoch since, Counterpart to) -> with("gone", since, "to", to);
      case Ownership.Receiving(Epoch offer, Counterpart from, Ownership.Before before) ->
          with("receiving", offer, "from", from).put("before", phase(before));
      case Ownership.Prepared(
              Epoch offer,
              Counterpart from,
              String last,
              Ownership.Before before) ->
          with("prepared", offer, "from", from).put("last", last).put("before", phase(before));
      case Ownership.Forked(Epoch other, Counterpart with) -> with("forked", other, "with", with);
    };
  }

  private static JsonObject named(String phase) {
    return new JsonObject().put("phase", phase);
  }

  private static JsonObject with(String phase, Epoch epoch, String side, Counterpart other) {
    return named(phase).put("epoch", epoch(epoch)).put(side, side(other));
  }

  private static JsonObject side(Counterpart other) {
    return new JsonObject().put("peer", other.peer()).put("volume", other.volume());
  }

  private static Ownership.Phase phase(JsonObject json) {
    String phase = json.getString("phase");
    return switch (phase) {
      case "none", "gone" -> before(json);
      case "owner" ->
          new Ownership.Owner(
              json.containsKey("over") ? Optional.of(side(json, "over")) : Optional.empty());
      case "offered" -> new Ownership.Offered(epochOf(json), side(json, "to"));
      case "handed" -> new Ownership.Handed(epochOf(json), side(json, "to"));
      case "receiving" ->
          new Ownership.Receiving(
              epochOf(json), side(json, "from"), before(json.getJsonObject("before")));
      case "prepared" ->
          new Ownership.Prepared(
              epochOf(json),
              side(json, "from"),
              text(json, "last"),
              before(json.getJsonObject("before")));
      case "forked" -> new Ownership.Forked(epochOf(json), side(json, "with"));
      default -> throw new IllegalArgumentException("no phase: " + phase);
    };
  }

  private static Ownership.Before before(JsonObject json) {
    String phase = json.getString("phase");
    return switch (phase) {
      case "none" -> new Ownership.None();
      case "gone" -> new Ownership.Gone(epochOf(json), side(json, "to"));
      default -> throw new IllegalArgumentException("nothing that comes before: " + phase);
    };
  }

  private static Epoch epochOf(JsonObject json) {
    return epoch(json.getJsonArray("epoch"));
  }

  private static Counterpart side(JsonObject json, String side) {
    JsonObject other = json.getJsonObject(side);
    return new Counterpart(text(other, "peer"), text(other, "volume"));
  }

  private static String text(JsonObject json, String key) {
    String text = json.getString(key);
    if (text == null) throw new IllegalArgumentException("no " + key);
    return text;
  }
}
