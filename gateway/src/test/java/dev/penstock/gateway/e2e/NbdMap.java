package dev.penstock.gateway.e2e;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.BitSet;
import java.util.List;

/** What a server says in one metadata context of the whole of an export. */
record NbdMap(List<Extent> extents) {
  record Extent(long offset, long length, long type) {}

  /** As nbdinfo reads it. */
  static NbdMap of(String uri, String context) {
    String json = Peer.run("nbdinfo", "--json", "--map=" + context, uri).out();
    return new NbdMap(
        new JsonArray(json)
            .stream()
                .map(JsonObject.class::cast)
                .map(one ->
                    new Extent(one.getLong("offset"), one.getLong("length"), one.getLong("type")))
                .toList());
  }

  /** The units of which something has bit 0, the mark of what has changed. */
  BitSet marked(int unitBytes) {
    var units = new BitSet();
    for (Extent extent : extents)
      if ((extent.type() & 1) != 0) mark(units, extent.offset(), extent.length(), unitBytes);
    return units;
  }

  /** Every unit that the range touches. */
  static void mark(BitSet units, long offset, long length, int unitBytes) {
    units.set(
        Math.toIntExact(offset / unitBytes),
        Math.toIntExact((offset + length + unitBytes - 1) / unitBytes));
  }
}
