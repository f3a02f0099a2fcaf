package dev.penstock.nbd.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * What an export is.
 *
 * @param name by which clients ask for it
 * @param volume what is served
 * @param readOnly whether clients may only read
 * @param description for people; may be empty
 * @param configuredAt where it stands in the configuration; empty if it was made through the API
 */
public record ExportSettings(
    String name, String volume, boolean readOnly, String description, Optional<Mark> configuredAt) {

  /** Why this cannot be an export; empty if it can. */
  public Optional<String> objection() {
    if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
      return Optional.of("an export's name is at least one character, none of them a control");
    }
    if (tooLong(name) || tooLong(description)) {
      return Optional.of(
          "the name and the description of an export take %d bytes each at most"
              .formatted(Limits.EXPORT_TEXT_BYTES_MAX));
    }
    if (description.indexOf('\0') >= 0) return Optional.of("a description has no zero character");
    return VolumeName.objection(volume);
  }

  /** Whether a client that is connected to the one could go on with the other. */
  public boolean servesTheSameAs(ExportSettings other) {
    return volume.equals(other.volume) && readOnly == other.readOnly;
  }

  /** As the API shows it and the module's state keeps it. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("volume", volume)
        .put("read_only", readOnly)
        .put("description", description);
  }

  /**
   * Reads what {@link #toJson} wrote, or what a caller of the API wants.
   *
   * @throws GatewayError.Invalid if it cannot be an export
   */
  public static ExportSettings fromJson(String name, JsonObject json) {
    for (String key : json.fieldNames()) {
      switch (key) {
        case "name", "volume", "read_only", "description" -> {}
        default -> throw new GatewayError.Invalid(key + " is no property of an export");
      }
    }
    if (!name.equals(text(json, "name", name))) {
      throw new GatewayError.Invalid("the body names another export than the path");
    }
    var settings =
        new ExportSettings(
            name,
            text(json, "volume", ""),
            bool(json, "read_only"),
            text(json, "description", ""),
            Optional.empty());
    settings
        .objection()
        .ifPresent(why -> {
          throw new GatewayError.Invalid(why);
        });
    return settings;
  }

  private static String text(JsonObject json, String key, String otherwise) {
    return switch (json.getValue(key)) {
      case null -> otherwise;
      case String text -> text;
      default -> throw new GatewayError.Invalid(key + " is a text");
    };
  }

  private static boolean bool(JsonObject json, String key) {
    return switch (json.getValue(key)) {
      case null -> false;
      case Boolean bool -> bool;
      default -> throw new GatewayError.Invalid(key + " is true or false");
    };
  }

  private static boolean tooLong(String text) {
    return text.getBytes(UTF_8).length > Limits.EXPORT_TEXT_BYTES_MAX;
  }
}
