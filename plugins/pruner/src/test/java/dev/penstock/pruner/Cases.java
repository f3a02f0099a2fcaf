package dev.penstock.pruner;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The case tables: {@code retention.json} beside the tests, or the files about retention of the
 * folder that the system property {@code penstock.cases} names.
 *
 * <p>A file is {@code {"schema": "penstock-cases/1", "topic": "retention", "cases": [{id, kind,
 * input, expected, …}]}}. Times are seconds. An expression is found anywhere in a name, and the
 * empty one in every name. Lists under {@code keep}, {@code destroy}, {@code replicated} and {@code
 * notReplicated} are sets. A kind that nobody knows fails the loading, so that no case is left out
 * unseen.
 */
public final class Cases {
  private static final Set<String> KINDS = Set.of("grid", "rules", "gridspec", "cursor");

  /** One case. */
  public record Case(String id, String kind, JsonObject input, JsonObject expected) {
    public Case {
      if (!KINDS.contains(kind))
        throw new AssertionError("case %s is of the unknown kind %s".formatted(id, kind));
    }

    @Override
    public String toString() {
      return id;
    }
  }

  private Cases() {}

  public static Stream<Case> ofKind(String kind) {
    return all().stream().filter(one -> one.kind().equals(kind));
  }

  public static List<Case> all() {
    List<Case> cases = new ArrayList<>();
    for (Path file : files()) cases.addAll(read(text(file)));
    if (cases.isEmpty()) throw new AssertionError("there is no case about retention");
    return cases;
  }

  static List<Case> read(String text) {
    var file = new JsonObject(text);
    if (!file.getString("schema").equals("penstock-cases/1"))
      throw new AssertionError("unknown schema " + file.getString("schema"));
    if (!file.getString("topic").equals("retention")) return List.of();
    List<Case> cases = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (JsonObject one : objects(file.getJsonArray("cases"))) {
      if (!ids.add(one.getString("id"))) throw new AssertionError("twice: " + one.getString("id"));
      cases.add(
          new Case(
              one.getString("id"),
              one.getString("kind"),
              one.getJsonObject("input"),
              one.getJsonObject("expected")));
    }
    return cases;
  }

  public static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  public static Set<String> set(JsonObject object, String key) {
    Set<String> set = new HashSet<>();
    object.getJsonArray(key).forEach(one -> set.add((String) one));
    return set;
  }

  private static List<Path> files() {
    String folder = System.getProperty("penstock.cases", "");
    if (folder.isEmpty()) return List.of(Path.of("src/test/resources/retention.json"));
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
