package dev.penstock.replication.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tables of cases that any planner can be asked: {@code replication-plan.json}, or all files of the
 * same topic in the folder that the system property {@code penstock.cases} names.
 */
final class Cases {
  static final String FOLDER_PROPERTY = "penstock.cases";

  static final Set<String> KINDS =
      Set.of(
          "incremental-path",
          "initial-policy",
          "resume-token",
          "retry-correlation",
          "parent-order",
          "error-class");

  private static final String SCHEMA = "penstock-cases/1";
  private static final String TOPIC = "replication-plan";

  record Case(String id, String kind, JsonObject input, JsonObject expected) {
    @Override
    public String toString() {
      return id;
    }

    /** Versions in the notation {@code @name,id}. */
    List<Version> versions(String key) {
      return input.getJsonArray(key, new JsonArray()).stream()
          .map(text -> Histories.version((String) text))
          .toList();
    }
  }

  private Cases() {}

  /** All of one kind; throws if any file has a kind that nobody tests. */
  static List<Case> ofKind(String kind) {
    List<Case> found = all().stream().filter(one -> one.kind.equals(kind)).toList();
    assertThat(KINDS).contains(kind);
    return found;
  }

  static List<Case> all() {
    return texts().stream().flatMap(text -> read(text).stream()).toList();
  }

  /** Throws for a kind that nobody knows: a case that is silently left out proves nothing. */
  static List<Case> read(String text) {
    var file = new JsonObject(text);
    if (!SCHEMA.equals(file.getString("schema")))
      throw new IllegalArgumentException("no " + SCHEMA + ": " + file.getString("schema"));
    if (!TOPIC.equals(file.getString("topic"))) return List.of();
    List<Case> cases = new ArrayList<>();
    for (Object one : file.getJsonArray("cases")) {
      var json = (JsonObject) one;
      String id = json.getString("id");
      String kind = json.getString("kind");
      if (!KINDS.contains(kind))
        throw new IllegalArgumentException("case %s is of kind %s".formatted(id, kind));
      cases.add(new Case(id, kind, json.getJsonObject("input"), json.getJsonObject("expected")));
    }
    return cases;
  }

  private static List<String> texts() {
    String folder = System.getProperty(FOLDER_PROPERTY, "");
    try {
      if (!folder.isEmpty()) return textsIn(Path.of(folder));
      try (InputStream in = Cases.class.getResourceAsStream("/replication-plan.json")) {
        return List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> textsIn(Path folder) throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList())
        texts.add(Files.readString(file));
    }
    return texts;
  }
}
