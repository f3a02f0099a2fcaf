package dev.penstock.p2p.serve;

import dev.penstock.p2p.wire.EncodedText;
import dev.penstock.spi.content.RawText;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;

/** The answers of the protocol, as its versions have them. */
final class Json {
  /** From here on answers say which other repositories are concerned, be it none. */
  private static final int PLUS_SINCE = 2;

  private static final Buffer PRESENT = Buffer.buffer("{\"present\":true}");
  private static final Buffer ABSENT = Buffer.buffer("{\"present\":false}");
  static final Buffer NOT_LOCKED = Buffer.buffer("{\"locked\":false}");

  private Json() {}

  static Buffer present(boolean present) {
    return present ? PRESENT : ABSENT;
  }

  static Buffer locked(String id) {
    return Buffer.buffer("{\"locked\":true,\"lockid\":\"" + id + "\"}");
  }

  static Buffer timestamp(long seconds) {
    return Buffer.buffer("{\"timestamp\":" + seconds + "}");
  }

  static Buffer offset(long bytes) {
    return Buffer.buffer("{\"offset\":" + bytes + "}");
  }

  static Buffer alreadyHave(int version, Set<String> also) {
    return plus("alreadyhave", true, version, also);
  }

  static Buffer stored(boolean stored, int version, Set<String> also) {
    return plus("stored", stored, version, also);
  }

  static Buffer removed(boolean removed, int version, Set<String> also) {
    return plus("removed", removed, version, also);
  }

  private static Buffer plus(String what, boolean value, int version, Set<String> also) {
    if (version < PLUS_SINCE) return Buffer.buffer("{\"" + what + "\":" + value + "}");
    if (also.isEmpty()) return Buffer.buffer("{\"" + what + "\":" + value + ",\"plusuuids\":[]}");
    var uuids = new JsonArray();
    also.forEach(uuid -> uuids.add(EncodedText.write(RawText.of(uuid))));
    return new JsonObject().put(what, value).put("plusuuids", uuids).toBuffer();
  }
}
