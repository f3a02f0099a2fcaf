package dev.penstock.nbd.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What an export is.
 *
 * @param name by which clients ask for it
 * @param volume what is served: a volume, or a snapshot as {@link SnapshotName} writes it
 * @param readOnly whether clients may only read; of a snapshot always
 * @param snapshots whether who may have it may also have the snapshots of its volume
 * @param description for people; may be empty
 * @param allow who may have it, by where it comes from
 * @param tls whether it is only for those who speak through TLS
 * @param connectionsMax how many it may have at once; 0 for no limit of its own
 * @param rates how fast all its clients together may be
 * @param blockSize what requests may look like
 * @param rotational whether clients are told that seeks are slow
 * @param multiConn whether clients are told that they may use several connections
 * @param resize whether clients may make the volume larger, which takes room of the store
 * @param configuredAt where it stands in the configuration; empty if it was made through the API
 */
public record ExportSettings(
    String name,
    String volume,
    boolean readOnly,
    boolean snapshots,
    String description,
    AllowList allow,
    Tls tls,
    int connectionsMax,
    Rates rates,
    BlockSize blockSize,
    boolean rotational,
    boolean multiConn,
    boolean resize,
    Optional<Mark> configuredAt) {

  /** Whether TLS is needed. */
  public enum Tls {
    OPTIONAL,
    REQUIRED
  }

  /** What can be changed live over the configuration: who gets in, and how fast. */
  public static final Set<String> OVERRIDABLE =
      Set.of(
          "allow",
          "tls",
          "connections_max",
          "bandwidth",
          "read_bandwidth",
          "write_bandwidth",
          "iops");

  /** Settings that are texts in JSON, too: there a number is a mistake. */
  private static final Set<String> TEXTS = Set.of("volume", "description", "tls");

  /** Settings that are true or false. */
  private static final Set<String> SWITCHES =
      Set.of("read_only", "snapshots", "rotational", "multi_conn", "resize");

  /** Reads the block of an export of the configuration. Every problem goes to {@code problems}. */
  static ExportSettings read(String name, Mark at, Block block, Problems problems) {
    return read(name, Optional.of(at), block, problems);
  }

  private static ExportSettings read(
      String name, Optional<Mark> configuredAt, Block block, Problems problems) {
    int before = problems.count();
    String volume = block.requiredText("volume", problems);
    var export =
        new ExportSettings(
            name,
            volume,
            block.bool("read_only", isSnapshot(volume), problems),
            block.bool("snapshots", false, problems),
            block.text("description", "", problems),
            AllowList.read(block, problems),
            tls(block, problems),
            block.integer("connections_max", 0, problems),
            Rates.read(block, problems),
            BlockSize.read(block.block("block_size", problems), problems),
            block.bool("rotational", false, problems),
            block.bool("multi_conn", true, problems),
            block.bool("resize", false, problems),
            configuredAt);
    block.refuseOtherKeys(problems);
    if (problems.count() == before) {
      export
          .objection()
          .ifPresent(
              why -> problems.add(configuredAt.orElse(block.at()), block.name() + ": " + why));
    }
    return export;
  }

  private static Tls tls(Block block, Problems problems) {
    String word = block.text("tls", "optional", problems);
    return switch (word) {
      case "optional" -> Tls.OPTIONAL;
      case "required" -> Tls.REQUIRED;
      default -> {
        problems.add(
            block.at("tls"),
            "%s: tls is \"%s\"; it takes optional or required".formatted(block.name(), word));
        yield Tls.OPTIONAL;
      }
    };
  }

  /** Why this cannot be an export; empty if it can. */
  private Optional<String> objection() {
    if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
      return Optional.of("an export's name is at least one character, none of them a control");
    }
    if (tooLong(name) || tooLong(description)) {
      return Optional.of(
          "the name and the description of an export take %d bytes each at most"
              .formatted(Limits.EXPORT_TEXT_BYTES_MAX));
    }
    if (description.indexOf('\0') >= 0) return Optional.of("a description has no zero character");
    return isSnapshot(volume) ? objectionToSnapshot() : VolumeName.objection(volume);
  }

  private Optional<String> objectionToSnapshot() {
    try {
      var _ = SnapshotName.parse(volume);
    } catch (GatewayError.Invalid noName) {
      return Optional.of(noName.what());
    }
    if (!readOnly) {
      return Optional.of(
          "%s is a snapshot, which nobody writes: leave read_only out".formatted(volume));
    }
    if (!snapshots) return Optional.empty();
    return Optional.of(
        "%s is a snapshot, which has no snapshots: leave snapshots out".formatted(volume));
  }

  /** No volume's name has an {@code @}. */
  private static boolean isSnapshot(String volume) {
    return volume.indexOf('@') >= 0;
  }

  private static boolean tooLong(String text) {
    return text.getBytes(UTF_8).length > Limits.EXPORT_TEXT_BYTES_MAX;
  }

  /**
   * Whether a client that is connected to the one can go on with the other. What it was told of
   * block sizes and the like when it connected stays true for it.
   */
  public boolean servesTheSameAs(ExportSettings other) {
    return volume.equals(other.volume) && readOnly == other.readOnly;
  }

  /**
   * A snapshot of its volume as its clients get it: under their name for it, and read-only.
   *
   * @throws GatewayError.Invalid if there can be no snapshot of this name
   */
  public ExportSettings ofSnapshot(String snapshot) {
    return new ExportSettings(
        name + "@" + snapshot,
        new SnapshotName(volume, snapshot).toString(),
        true,
        false,
        description,
        allow,
        tls,
        connectionsMax,
        rates,
        blockSize,
        rotational,
        multiConn,
        false,
        configuredAt);
  }

  /**
   * Whether clients may be told that several connections are as good as one. Each sees what the
   * others wrote and flushed, always; but it helps nobody where there is room for one.
   */
  public boolean offersMultiConn() {
    return multiConn && connectionsMax != 1;
  }

  /** As the API shows it and the module's state keeps it. */
  public JsonObject toJson() {
    var json =
        new JsonObject()
            .put("name", name)
            .put("volume", volume)
            .put("read_only", readOnly)
            .put("snapshots", snapshots)
            .put("description", description)
            .put("allow", new JsonArray(allow.words()))
            .put("tls", tls.name().toLowerCase(Locale.ROOT))
            .put("connections_max", connectionsMax);
    rates.addTo(json);
    return json.put("block_size", blockSize.toJson())
        .put("rotational", rotational)
        .put("multi_conn", multiConn)
        .put("resize", resize);
  }

  /**
   * Reads what {@link #toJson} wrote, or what a caller of the API wants.
   *
   * @throws GatewayError.Invalid if it cannot be an export
   */
  public static ExportSettings fromJson(String name, JsonObject json) {
    return fromJson(name, Optional.empty(), json);
  }

  /**
   * This export with what a caller of the API wants instead.
   *
   * @param patch RFC 7396; null is what {@code otherwise} has, or the default
   * @throws GatewayError.Invalid if it cannot be an export
   */
  public ExportSettings patched(JsonObject patch, JsonObject otherwise) {
    return fromJson(name, configuredAt, JsonSettings.patched(toJson(), patch, otherwise));
  }

  /**
   * What still holds of what was changed live over this export of the configuration. Where it
   * serves something else by now than when that was done, nothing holds that lets more in, or lets
   * it take more: it was meant for what was served then.
   *
   * @throws GatewayError.Invalid if they make no sense
   */
  public Overrides standing(Overrides kept) {
    Overrides standing = kept.standingOver(toJson());
    if (standing.isEmpty() || serves(kept.base())) return standing;
    return standing.without(Widening.between(this, with(standing)));
  }

  private boolean serves(JsonObject what) {
    return volume.equals(what.getValue("volume"))
        && Boolean.valueOf(readOnly).equals(what.getValue("read_only"));
  }

  /** This export of the configuration, for nobody until that is taken back. */
  public Overrides barred() {
    JsonObject nobody = toJson().put("allow", new JsonArray());
    return Overrides.NONE.with(nobody, toJson(), nobody);
  }

  /**
   * This export of the configuration, as it is with overrides.
   *
   * @throws GatewayError.Invalid if they make no sense
   */
  public ExportSettings with(Overrides overrides) {
    return overrides.isEmpty() ? this : fromJson(name, configuredAt, overrides.over(toJson()));
  }

  private static ExportSettings fromJson(String name, Optional<Mark> at, JsonObject json) {
    if (json.containsKey("name") && !name.equals(json.getValue("name"))) {
      throw new GatewayError.Invalid("the body names another export than the path");
    }
    for (String key : TEXTS) {
      if (json.getValue(key) != null && !(json.getValue(key) instanceof String))
        throw new GatewayError.Invalid(key + " is a text");
    }
    for (String key : SWITCHES) {
      if (json.getValue(key) != null && !(json.getValue(key) instanceof Boolean))
        throw new GatewayError.Invalid(key + " is true or false");
    }
    JsonObject settings = json.copy();
    settings.remove("name");
    return JsonSettings.read(
        "export " + name, settings, (block, problems) -> read(name, at, block, problems));
  }
}
