package dev.penstock.volumes.manifest;

import io.vertx.core.json.Json;
import java.util.Collection;

/**
 * A JSON object while it is written, member by member. A manifest of a thousand snapshots is
 * written several times for each snapshot that comes: a tree of objects would be made for it each
 * time.
 */
final class JsonText {
  private final StringBuilder text;

  /**
   * @param lengthAbout in characters
   */
  JsonText(int lengthAbout) {
    text = new StringBuilder(lengthAbout).append('{');
  }

  JsonText put(String member, String value) {
    member(member);
    quote(value);
    return this;
  }

  JsonText put(String member, long value) {
    member(member);
    text.append(value);
    return this;
  }

  JsonText put(String member, boolean value) {
    member(member);
    text.append(value);
    return this;
  }

  JsonText putNull(String member) {
    member(member);
    text.append("null");
    return this;
  }

  JsonText put(String member, Collection<String> values) {
    member(member);
    text.append('[');
    boolean first = true;
    for (String value : values) {
      if (!first) text.append(',');
      first = false;
      quote(value);
    }
    text.append(']');
    return this;
  }

  /** What comes next are members of an object, until {@link #end}. */
  JsonText begin(String member) {
    member(member);
    text.append('{');
    return this;
  }

  JsonText end() {
    text.append('}');
    return this;
  }

  /** The whole, once; every object that was begun in it has ended. */
  String done() {
    return text.append('}').toString();
  }

  private void member(String name) {
    if (text.charAt(text.length() - 1) != '{') text.append(',');
    quote(name);
    text.append(':');
  }

  private void quote(String value) {
    if (isPlain(value)) text.append('"').append(value).append('"');
    else text.append(Json.encode(value));
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return true;
  }
}
