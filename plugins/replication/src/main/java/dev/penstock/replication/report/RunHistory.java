package dev.penstock.replication.report;

import dev.penstock.spi.module.ModuleState;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The last runs of a job, the newest first, small enough for the module's state.
 *
 * @param runs as {@link RunReport#toJson()} has them, with fewer volumes where there were many
 */
public record RunHistory(List<JsonObject> runs) {
  public static final RunHistory NONE = new RunHistory(List.of());

  /** Two days of an hourly job would be more than anybody reads. */
  public static final int RUNS_MAX = 20;

  /** So that a few fit, whatever is in them. */
  private static final int RUN_CHARACTERS_MAX = ModuleState.VALUE_CHARACTERS_MAX / 4;

  /** The most volumes of an attempt that are remembered, if there is room. */
  private static final int VOLUMES_MAX = 64;

  public RunHistory {
    runs = List.copyOf(runs);
  }

  /** What {@link #text} wrote; nothing if it cannot be read: what was is no reason to stop. */
  public static RunHistory read(String text) {
    try {
      List<JsonObject> runs = new ArrayList<>();
      for (Object run : new JsonArray(text)) if (run instanceof JsonObject json) runs.add(json);
      return new RunHistory(runs);
    } catch (DecodeException _) {
      return NONE;
    }
  }

  /** When a run last succeeded; empty if none of them did. */
  public Optional<Instant> lastSuccess() {
    return runs.stream()
        .filter(run -> run.getString("outcome", "").equals("succeeded"))
        .flatMap(run -> Optional.ofNullable(run.getInstant("finished_at")).stream())
        .findFirst();
  }

  /** With another run, which is the newest. */
  public RunHistory with(RunReport run) {
    List<JsonObject> all = new ArrayList<>(List.of(small(run)));
    all.addAll(runs);
    while (all.size() > RUNS_MAX || characters(all) > ModuleState.VALUE_CHARACTERS_MAX)
      all.removeLast();
    return new RunHistory(all);
  }

  /** The last attempt tells most: with the volumes that are not done, as many as fit. */
  private static JsonObject small(RunReport run) {
    for (int volumes = VOLUMES_MAX; volumes > 0; volumes /= 2) {
      JsonObject json = run.toJson(volumes);
      if (json.encode().length() <= RUN_CHARACTERS_MAX) return json;
    }
    JsonObject json = run.toJson(0);
    JsonArray attempts = json.getJsonArray("attempts");
    while (json.encode().length() > RUN_CHARACTERS_MAX && attempts.size() > 1) attempts.remove(0);
    return json;
  }

  private static int characters(List<JsonObject> runs) {
    return text(runs).length();
  }

  /** For {@link ModuleState#put}. */
  public String text() {
    return text(runs);
  }

  private static String text(List<JsonObject> runs) {
    return new JsonArray(new ArrayList<>(runs)).encode();
  }
}
