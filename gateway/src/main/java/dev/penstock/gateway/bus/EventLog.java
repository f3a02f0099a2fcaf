package dev.penstock.gateway.bus;

import dev.penstock.spi.bus.GatewayEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What happened lately, numbered: whoever lost his connection to the event stream asks for what
 * came after the last number that he saw.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class EventLog {
  /**
   * Enough to bridge a reconnect of some seconds while a busy gateway tells ten events a second.
   */
  public static final int ENTRIES_MAX = 1000;

  /**
   * @param id grows by one with each event of this process, from 1
   */
  public record Entry(long id, GatewayEvent event) {}

  private final Deque<Entry> entries = new ArrayDeque<>(ENTRIES_MAX);
  private long lastId;

  /** Numbers the event; the oldest one makes room for it. */
  synchronized Entry append(GatewayEvent event) {
    if (entries.size() == ENTRIES_MAX) entries.removeFirst();
    var entry = new Entry(++lastId, event);
    entries.addLast(entry);
    return entry;
  }

  /** The number of the last event; 0 before the first. */
  public synchronized long lastId() {
    return lastId;
  }

  /** Events after the one of this number, oldest first, as far as they are still there. */
  public synchronized List<Entry> after(long id, int most) {
    List<Entry> later = new ArrayList<>();
    for (Entry entry : entries) {
      if (later.size() == most) break;
      if (entry.id() > id) later.add(entry);
    }
    return later;
  }
}
