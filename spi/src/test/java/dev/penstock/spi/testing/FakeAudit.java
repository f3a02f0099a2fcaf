package dev.penstock.spi.testing;

import dev.penstock.spi.module.Audit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps every note. Threads: any. */
public final class FakeAudit implements Audit {
  /** What a module noted. */
  public record Note(String action, Map<String, String> details) {}

  private final List<Note> notes = new CopyOnWriteArrayList<>();

  @Override
  public void note(String action, Map<String, String> details) {
    notes.add(new Note(action, Map.copyOf(details)));
  }

  public List<Note> notes() {
    return List.copyOf(notes);
  }
}
