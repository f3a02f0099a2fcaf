package dev.penstock.replication.forward;

import dev.penstock.replication.forward.ForwardedVolume.Described;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** A volume and its extents as gateways tell each other of them, for clients that are led on. */
final class Wording {
  /** What is the same through a line. Its fast paths are not, and its snapshots stay there. */
  private static final Set<VolumeCapability> FORWARDED =
      Set.of(
          VolumeCapability.TRIM,
          VolumeCapability.ZERO,
          VolumeCapability.FAST_ZERO,
          VolumeCapability.EXTENTS);

  private Wording() {}

  static JsonObject describe(Volume volume) {
    VolumeInfo info = volume.info();
    var can = new JsonArray();
    volume.capabilities().stream()
        .filter(FORWARDED::contains)
        .sorted()
        .forEach(one -> can.add(word(one)));
    return new JsonObject()
        .put("guid", info.guid().toString())
        .put("size_bytes", volume.sizeBytes())
        .put("created_at", info.createdAt().toString())
        .put("can", can);
  }

  /** Under the name that it has here. */
  static Described described(String name, Buffer body) {
    return sound(() -> {
      var json = new JsonObject(body);
      Set<VolumeCapability> can = EnumSet.noneOf(VolumeCapability.class);
      JsonArray words = json.getJsonArray("can");
      FORWARDED.stream().filter(one -> words.contains(word(one))).forEach(can::add);
      var info =
          new VolumeInfo(
              UUID.fromString(json.getString("guid")),
              name,
              json.getLong("size_bytes"),
              0,
              Instant.parse(json.getString("created_at")));
      if (info.sizeBytes() < 0) throw new IllegalArgumentException("a size below 0");
      return new Described(info, Set.copyOf(can));
    });
  }

  /** A run of extents, one after the other. */
  record Run(List<Long> lengthsBytes, List<Extent.Kind> kinds) {
    void forEach(BiConsumer<Long, Extent.Kind> each) {
      for (int i = 0; i < kinds.size(); i++) each.accept(lengthsBytes.get(i), kinds.get(i));
    }
  }

  /** As many as there are from the start of the range, and no more than an answer takes. */
  static JsonObject extents(Volume volume, long offset, long lengthBytes) {
    var list = new JsonArray();
    volume.extents(
        offset,
        lengthBytes,
        extent -> {
          list.add(new JsonArray().add(extent.lengthBytes()).add(word(extent.kind())));
          return list.size() < ForwardApi.EXTENTS_MAX;
        });
    return new JsonObject().put("extents", list);
  }

  /**
   * @param mostBytes how long they may be together
   */
  static Run extents(Buffer body, long mostBytes) {
    return sound(() -> {
      List<Long> lengths = new ArrayList<>();
      List<Extent.Kind> kinds = new ArrayList<>();
      long left = mostBytes;
      for (Object one : new JsonObject(body).getJsonArray("extents")) {
        var extent = (JsonArray) one;
        long length = extent.getLong(0);
        if (length < 1 || length > left)
          throw new IllegalArgumentException("an extent of %d bytes".formatted(length));
        left -= length;
        lengths.add(length);
        kinds.add(one(Extent.Kind.values(), extent.getString(1)));
      }
      if (kinds.isEmpty()) throw new IllegalArgumentException("no extents");
      return new Run(lengths, kinds);
    });
  }

  static String word(Enum<?> one) {
    return one.name().toLowerCase(Locale.ROOT);
  }

  static ZeroMode zeroMode(String word) {
    return sound(() -> one(ZeroMode.values(), word));
  }

  private static <E extends Enum<E>> E one(E[] all, String word) {
    return Arrays.stream(all)
        .filter(each -> word(each).equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no " + word));
  }

  /** {@link GatewayError.Invalid} for whatever is no sound word of a gateway. */
  static <T> T sound(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (GatewayError known) {
      throw known;
    } catch (RuntimeException unsound) {
      throw new GatewayError.Invalid(
          "what a peer says makes no sense: %s".formatted(unsound.getMessage()));
    }
  }
}
