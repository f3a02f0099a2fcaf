package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Quantities;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads a body's fields; a field that nobody knows is refused, with the one that was meant. */
record Fields(JsonObject body) {
  static Fields of(JsonObject body, String... known) {
    List<String> names = List.of(known);
    for (String name : body.fieldNames())
      if (!names.contains(name)) {
        String hint =
            Nearest.to(Plain.text(name), names)
                .map(near -> "did you mean " + near + "?")
                .orElse("it takes " + (names.isEmpty() ? "none" : String.join(", ", names)));
        throw new GatewayError.Invalid(
            "\"%s\" is no field of this body; %s".formatted(Plain.text(name), hint));
      }
    return new Fields(body);
  }

  /** False if it is missing. */
  boolean flag(String name) {
    return switch (body.getValue(name)) {
      case null -> false;
      case Boolean flag -> flag;
      default -> throw new GatewayError.Invalid(name + " takes true or false");
    };
  }

  Optional<String> text(String name) {
    return switch (body.getValue(name)) {
      case null -> Optional.empty();
      case String text when !text.isBlank() -> Optional.of(text);
      default -> throw new GatewayError.Invalid(name + " takes a text");
    };
  }

  String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name));
  }

  /** A list of at least one. */
  List<Object> requiredItems(String name) {
    return switch (body.getValue(name)) {
      case null -> throw missing(name);
      case JsonArray items when !items.isEmpty() -> items.stream().toList();
      default -> throw new GatewayError.Invalid(name + " takes a list of at least one");
    };
  }

  /** A whole number of bytes, or a text such as "1GiB". */
  long requiredBytes(String name) {
    return switch (body.getValue(name)) {
      case null -> throw missing(name);
      case Integer bytes when bytes >= 0 -> bytes;
      case Long bytes when bytes >= 0 -> bytes;
      case String text ->
          Quantities.bytes(text)
              .orElseThrow(() ->
                  new GatewayError.Invalid(
                      "%s is \"%s\"; it takes bytes, or a size such as \"1GiB\""
                          .formatted(name, Plain.text(text))));
      default ->
          throw new GatewayError.Invalid(name + " takes a whole number of bytes, not negative");
    };
  }

  /** A text such as "10s", within bounds. */
  Duration duration(String name, Duration otherwise, Duration most) {
    Optional<String> text = text(name);
    if (text.isEmpty()) return otherwise;
    Duration value =
        Quantities.duration(text.get())
            .orElseThrow(
                () -> new GatewayError.Invalid(name + " takes a duration such as \"10s\""));
    if (value.isZero() || value.compareTo(most) > 0)
      throw new GatewayError.Invalid(
          "%s is %d ms; it takes more than 0 and at most %d s"
              .formatted(name, value.toMillis(), most.toSeconds()));
    return value;
  }

  private static GatewayError.Invalid missing(String name) {
    return new GatewayError.Invalid(name + " is missing from the body");
  }
}
