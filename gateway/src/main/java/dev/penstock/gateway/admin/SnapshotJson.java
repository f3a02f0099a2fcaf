package dev.penstock.gateway.admin;

import dev.penstock.gateway.volume.Snapshots;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** Snapshots as callers write and read them. */
final class SnapshotJson {
  private SnapshotJson() {}

  /** {@code demo@monday}. */
  static SnapshotName name(String text) {
    return SnapshotName.parse(text)
        .orElseThrow(() ->
            new GatewayError.Invalid(
                "\"%s\" names no snapshot; write VOLUME@SNAPSHOT".formatted(Plain.text(text))));
  }

  /** A name, or an object with a name and the guid that it had when it was seen. */
  static Meant meant(Object item) {
    return switch (item) {
      case String text -> new Meant(name(text), Optional.empty());
      case JsonObject json -> {
        Fields fields = Fields.of(json, "name", "guid");
        yield new Meant(
            name(fields.requiredText("name")), fields.text("guid").map(SnapshotJson::guid));
      }
      default ->
          throw new GatewayError.Invalid(
              "a snapshot is a text such as \"demo@monday\", or an object with name and guid");
    };
  }

  static UUID guid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new GatewayError.Invalid("\"%s\" is no guid".formatted(Plain.text(text)));
    }
  }

  static JsonObject shown(Snapshots.Shown one) {
    var json =
        new JsonObject()
            .put("name", one.name().toString())
            .put("volume", one.name().volume())
            .put("snapshot", one.name().snapshot())
            .put("guid", one.info().guid().toString())
            .put("size_bytes", one.info().sizeBytes())
            .put("created_at", one.info().createdAt().toString())
            .put("holds", new JsonArray(one.info().holds().stream().sorted().toList()))
            .put("users", new JsonArray(one.users()));
    one.leases().ifPresent(leases -> json.put("leases", leases));
    return json;
  }

  static JsonObject taken(Snapshots.Taken taken) {
    return new JsonObject()
        .put(
            "snapshots",
            new JsonArray(taken.snapshots().stream().map(SnapshotJson::shown).toList()))
        .put("held_seconds", taken.held().toNanos() / 1e9)
        .put("warnings", new JsonArray(taken.warnings()));
  }

  static JsonObject destroyed(Snapshots.Destroyed one) {
    var json =
        new JsonObject().put("name", one.name().toString()).put("destroyed", one.why().isEmpty());
    one.why()
        .map(Problem::of)
        .ifPresent(problem ->
            json.put("type", Problem.TYPE_PREFIX + problem.type()).put("reason", problem.detail()));
    return json;
  }

  static JsonObject page(Snapshots.Page page) {
    var json =
        new JsonObject()
            .put("to", page.to().toString())
            .put(
                "extents",
                new JsonArray(page.extents().stream().map(SnapshotJson::extent).toList()));
    page.from().ifPresent(from -> json.put("from", from.toString()));
    page.next().ifPresent(next -> json.put("next_offset", next));
    return json;
  }

  private static JsonObject extent(Extent extent) {
    return new JsonObject()
        .put("offset", extent.offset())
        .put("length_bytes", extent.lengthBytes())
        .put("kind", lower(extent.kind()));
  }

  static JsonObject space(Snapshots.Space one) {
    return new JsonObject()
        .put("name", one.name().toString())
        .put("guid", one.space().snapshot().toString())
        .put("unique_bytes", one.space().uniqueBytes())
        .put("shared_bytes", one.space().sharedBytes());
  }

  static JsonObject verified(Snapshots.Verified last) {
    var json =
        new JsonObject()
            .put("task", last.task().toString())
            .put("started_at", last.started().toString())
            .put("complete", last.complete())
            .put("damaged", last.damaged())
            .put("findings_total", last.findingsTotal())
            .put("findings", findings(last.findings()));
    last.ended().ifPresent(at -> json.put("ended_at", at.toString()));
    return json;
  }

  static JsonArray findings(List<Finding> all) {
    return new JsonArray(
        all.stream()
            .map(one -> new JsonObject().put("weight", lower(one.weight())).put("what", one.what()))
            .toList());
  }

  static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
