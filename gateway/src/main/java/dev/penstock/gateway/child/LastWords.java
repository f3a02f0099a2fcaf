package dev.penstock.gateway.child;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a child writes to its standard error: in the log line by line, and the end of it kept. */
final class LastWords {
  /** The end, for messages. */
  static final int KEPT_BYTES = 4096;

  /** A line is cut here. */
  static final int LINE_BYTES = 1024;

  /** One that complains for ever fills no log. */
  static final int LINES_MAX = 200;

  private static final Logger log = LoggerFactory.getLogger(LastWords.class);

  private final String owner;
  private final String program;
  private final byte[] kept = new byte[KEPT_BYTES];
  private final byte[] line = new byte[LINE_BYTES];
  private int keptBytes;
  private int lineBytes;
  private long lines;

  LastWords(String owner, String program) {
    this.owner = owner;
    this.program = program;
  }

  /** Until it ends. */
  void hear(InputStream from) {
    byte[] piece = new byte[LINE_BYTES];
    try (from) {
      for (int n = from.read(piece); n >= 0; n = from.read(piece)) take(piece, n);
    } catch (IOException _) {
      // Closed: what came until then is kept.
    }
    if (lineBytes > 0) endLine();
  }

  private void take(byte[] piece, int count) {
    keep(piece, count);
    for (int i = 0; i < count; i++)
      if (piece[i] == '\n') endLine();
      else if (lineBytes < LINE_BYTES) line[lineBytes++] = piece[i];
  }

  private synchronized void keep(byte[] piece, int count) {
    int before = Math.min(keptBytes, KEPT_BYTES - count);
    System.arraycopy(kept, keptBytes - before, kept, 0, before);
    System.arraycopy(piece, 0, kept, before, count);
    keptBytes = before + count;
  }

  private void endLine() {
    String text = visible(new String(line, 0, lineBytes, StandardCharsets.UTF_8));
    lineBytes = 0;
    lines++;
    if (lines > LINES_MAX || text.isBlank()) return;
    log.atInfo()
        .addKeyValue("owner", owner)
        .addKeyValue("program", program)
        .addKeyValue("line", text)
        .log(lines == LINES_MAX ? "a program says, for the last time" : "a program says");
  }

  synchronized String said() {
    return visible(new String(kept, 0, keptBytes, StandardCharsets.UTF_8)).strip();
  }

  /** A program must not move the cursor of whoever reads the log. */
  private static String visible(String text) {
    var visible = new StringBuilder();
    text.codePoints()
        .forEach(c -> visible.appendCodePoint(Character.isISOControl(c) && c != '\n' ? ' ' : c));
    return visible.toString();
  }
}
