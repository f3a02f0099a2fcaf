package dev.penstock.p2p.line;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import io.vertx.core.buffer.Buffer;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Pattern;

/** What is said to a repository. A key comes last: it may have blanks. */
final class Messages {
  /** A word that is no other: no blank, no end of a line, and no option of a program. */
  private static final Pattern UUID = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,127}");

  static final Buffer GETTIMESTAMP = line("GETTIMESTAMP");
  static final Buffer UNLOCKCONTENT = line("UNLOCKCONTENT");
  static final Buffer DATA_PRESENT = line("DATA-PRESENT");
  static final Buffer SUCCESS = line("SUCCESS");
  static final Buffer FAILURE = line("FAILURE");
  static final Buffer VALID = line("VALID");
  static final Buffer INVALID = line("INVALID");

  /** Ends a PUT of which nothing came: the specification, §5 rule 8. */
  static final Buffer NOTHING = line("DATA 0").appendBuffer(INVALID);

  private Messages() {}

  static Buffer version(int newest) {
    return line("VERSION " + newest);
  }

  static Buffer bypass(Collection<String> uuids) {
    return line("BYPASS " + String.join(" ", uuids.stream().sorted().toList()));
  }

  static Buffer checkPresent(Key key) {
    return withKey("CHECKPRESENT ", key);
  }

  static Buffer lockContent(Key key) {
    return withKey("LOCKCONTENT ", key);
  }

  static Buffer remove(Key key) {
    return withKey("REMOVE ", key);
  }

  static Buffer removeBefore(long seconds, Key key) {
    return withKey("REMOVE-BEFORE " + seconds + " ", key);
  }

  static Buffer get(long offset, Optional<RawText> file, Key key) {
    return withFileAndKey("GET " + offset + " ", file, key);
  }

  static Buffer put(Optional<RawText> file, Key key) {
    return withFileAndKey("PUT ", file, key);
  }

  static Buffer data(long bytes) {
    return line("DATA " + bytes);
  }

  private static Buffer line(String text) {
    return Buffer.buffer(text + "\n");
  }

  private static Buffer withKey(String words, Key key) {
    return Buffer.buffer(words).appendBytes(key.text().bytes()).appendString("\n");
  }

  private static Buffer withFileAndKey(String words, Optional<RawText> file, Key key) {
    return Buffer.buffer(words)
        .appendBytes(FileWord.of(file))
        .appendString(" ")
        .appendBytes(key.text().bytes())
        .appendString("\n");
  }

  /** {@link GatewayError.Invalid} for what cannot be said as one word. */
  static String uuid(String uuid) {
    if (UUID.matcher(uuid).matches()) return uuid;
    throw new GatewayError.Invalid(
        "\"%s\" is no uuid of a repository"
            .formatted(
                uuid.substring(0, Math.min(50, uuid.length())).replaceAll("\\p{Cntrl}", "?")));
  }
}
