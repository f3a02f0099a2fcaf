package dev.penstock.nbd.config;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Settings that came as JSON, through the API or out of the module's state, as a block: what reads
 * the configuration file reads them too, and says the same of them. A value of null is not there.
 */
final class JsonSettings {
  private static final Mark NOWHERE = new Mark("the API", 1);

  private JsonSettings() {}

  /**
   * Reads settings.
   *
   * @param name what messages call them
   * @throws GatewayError.Invalid with everything that is wrong
   */
  static <T> T read(String name, JsonObject json, BiFunction<Block, Problems, T> reader) {
    var problems = new Problems();
    T read = reader.apply(block(name, json), problems);
    if (problems.isEmpty()) return read;
    throw new GatewayError.Invalid(
        problems.inOrder().stream().map(Problems.Problem::what).collect(Collectors.joining("; ")));
  }

  /**
   * What a patch makes of settings, RFC 7396, but that null does not leave a hole: the setting is
   * again as {@code otherwise} has it, or is not there if it has not.
   */
  static JsonObject patched(JsonObject before, JsonObject patch, JsonObject otherwise) {
    JsonObject patched = before.copy();
    for (String key : patch.fieldNames()) {
      Object value = patch.getValue(key);
      if (value == null && !before.containsKey(key)) {
        throw new GatewayError.Invalid(key + " is no setting that could be taken back");
      }
      if (value == null) value = otherwise.getValue(key);
      if (value == null) patched.remove(key);
      else if (value instanceof JsonObject inner
          && before.getValue(key) instanceof JsonObject outer)
        patched.put(key, patched(outer, inner, new JsonObject()));
      else patched.put(key, value);
    }
    return patched;
  }

  private static Block block(String name, JsonObject json) {
    Block.Builder block = Block.named(name, NOWHERE);
    for (String key : json.fieldNames()) {
      Object value = json.getValue(key);
      if (value != null) block.put(key, NOWHERE, setting(name + "." + key, value));
    }
    return block.build();
  }

  private static Setting setting(String name, Object value) {
    return switch (value) {
      case JsonObject inner -> block(name, inner);
      case JsonArray array -> {
        List<Setting> items = new ArrayList<>();
        for (Object item : array) items.add(setting(name, item == null ? "null" : item));
        yield new Setting.Items(items, NOWHERE);
      }
      default -> new Setting.Text(value.toString(), NOWHERE);
    };
  }
}
