package dev.penstock.p2p.lock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/**
 * The body of keeplocked: lines of {@code {"unlock":false}} for as long as the client works, and
 * {@code {"unlock":true}} once it is done. They come cut anywhere, and are never kept.
 */
public final class KeepLines {
  /** One has some twenty. */
  static final int LINE_BYTES_MAX = 1024;

  private Buffer begun = Buffer.buffer();
  private boolean unlocked;

  /**
   * @return whether the client has let go by now
   * @throws GatewayError.Invalid for what is no such line
   */
  public boolean add(Buffer bytes) {
    int from = 0;
    for (int i = 0; i < bytes.length() && !unlocked; i++) {
      if (bytes.getByte(i) != '\n') continue;
      begun.appendBuffer(bytes, from, i - from);
      line();
      from = i + 1;
    }
    if (unlocked) return true;
    begun.appendBuffer(bytes, from, bytes.length() - from);
    if (begun.length() > LINE_BYTES_MAX)
      throw new GatewayError.Invalid(
          "a line of keeplocked has more than %d bytes".formatted(LINE_BYTES_MAX));
    return false;
  }

  /** The body has ended: the last line may lack its end. */
  public void end() {
    if (!unlocked) line();
  }

  private void line() {
    String text = begun.toString(UTF_8).strip();
    begun = Buffer.buffer();
    if (text.isEmpty()) return;
    try {
      if (new JsonObject(text).getValue("unlock") instanceof Boolean unlock) {
        unlocked = unlock;
        return;
      }
    } catch (DecodeException _) {
      // as with any other line that is none
    }
    throw new GatewayError.Invalid("a line of keeplocked is not {\"unlock\":true} or false");
  }
}
