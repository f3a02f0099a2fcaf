package dev.penstock.nbd.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a client's bytes mean to somebody who has read the protocol document and none of the
 * server's code. Numbers stand here as they do there.
 *
 * <p>Cookies are overwritten, so that no two requests share one: with equal ones nobody could say
 * which of them a reply is for.
 */
final class ClientSide {
  /** How replies look. */
  enum Form {
    SIMPLE,
    STRUCTURED,
    /** With headers for 64-bit lengths: the protocol document's branch extension-ext-header. */
    EXTENDED
  }

  /** How it ends, once the client has said all of it. */
  enum End {
    /** The client is still there. */
    OPEN,
    /** It said that it is leaving. */
    LEFT,
    /** It said what nobody can go on after. */
    OUT_OF_STEP
  }

  /** An option that came whole, and whether it has to be acknowledged or refused. */
  record Option(int code, boolean acknowledged) {}

  /**
   * A request that came whole, its payload included.
   *
   * @param mustFail whether no server may carry it out
   */
  record Request(
      int flags, int type, long cookie, long offset, long lengthBytes, boolean mustFail) {}

  static final long SIZE_BYTES = 256 << 10;
  static final Set<String> EXPORTS = Set.of("", "demo", "frozen");

  static final int EXPORT_NAME = 1;
  static final int ABORT = 2;
  static final int GO = 7;
  static final int SET_META_CONTEXT = 10;

  static final int READ = 0;
  static final int WRITE = 1;
  static final int DISC = 2;
  static final int FLUSH = 3;
  static final int BLOCK_STATUS = 7;

  private static final long IHAVEOPT = 0x49484156454F5054L;
  private static final int REQUEST_MAGIC = 0x25609513;
  private static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;
  private static final int PAYLOAD_LEN = 32;
  private static final int OPTION_BYTES_MAX = 16 << 20; // past this the server may give up
  private static final long DRAINED_BYTES_MAX = 256 << 20; // likewise

  private final ByteBuffer bytes;
  final List<Option> options = new ArrayList<>();
  final List<Request> requests = new ArrayList<>();
  Form form = Form.SIMPLE;
  boolean zeroes;
  boolean oldStyle;
  boolean serving;
  End end = End.OPEN;
  private boolean fixed;

  private ClientSide(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /** Understands all of it, and gives its requests cookies of their own. */
  static ClientSide of(byte[] bytes) {
    var side = new ClientSide(bytes);
    side.negotiate();
    while (side.serving && side.end == End.OPEN && side.request()) {}
    return side;
  }

  /** As {@link #of}, for a client that is served from its first byte on. */
  static ClientSide oldStyle(byte[] bytes) {
    var side = new ClientSide(bytes);
    side.oldStyle = true;
    side.serving = true;
    while (side.end == End.OPEN && side.request()) {}
    return side;
  }

  private void negotiate() {
    if (bytes.remaining() < 4) return;
    int flags = bytes.getInt();
    if ((flags & ~3) != 0) end = End.OUT_OF_STEP;
    fixed = (flags & 1) != 0;
    zeroes = (flags & 2) == 0;
    while (!serving && end == End.OPEN && option()) {}
  }

  /** Whether there was a whole one. */
  private boolean option() {
    if (bytes.remaining() < 16) return false;
    long magic = bytes.getLong();
    int code = bytes.getInt();
    long length = Integer.toUnsignedLong(bytes.getInt());
    if (magic != IHAVEOPT || length > OPTION_BYTES_MAX || (!fixed && code != EXPORT_NAME)) {
      end = End.OUT_OF_STEP;
      return false;
    }
    if (length > bytes.remaining()) return false;
    ByteBuffer data = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    understand(code, data);
    return true;
  }

  private void understand(int code, ByteBuffer data) {
    boolean empty = !data.hasRemaining();
    switch (code) {
      case EXPORT_NAME -> {
        serving = form != Form.EXTENDED && knows(data, data.remaining());
        end = serving ? End.OPEN : End.OUT_OF_STEP;
        options.add(new Option(code, serving));
      }
      case ABORT -> {
        options.add(new Option(code, true));
        end = End.LEFT;
      }
      case 3 -> options.add(new Option(code, empty)); // LIST
      case 6 -> options.add(new Option(code, exportQuery(data))); // INFO
      case GO -> {
        serving = exportQuery(data);
        options.add(new Option(code, serving));
      }
      case 8 -> { // STRUCTURED_REPLY
        boolean back = form == Form.EXTENDED; // "there is no way back"
        if (empty && !back) form = Form.STRUCTURED;
        options.add(new Option(code, empty && !back));
      }
      case 11 -> { // EXTENDED_HEADERS
        if (empty) form = Form.EXTENDED;
        options.add(new Option(code, empty));
      }
      case 9, SET_META_CONTEXT ->
          options.add(new Option(code, form != Form.SIMPLE && contextQuery(data)));
      default -> options.add(new Option(code, false)); // STARTTLS among them: there is none here
    }
  }

  private static boolean exportQuery(ByteBuffer data) {
    return data.remaining() >= 4
        && knows(data, Integer.toUnsignedLong(data.getInt()))
        && data.remaining() >= 2
        && Short.toUnsignedInt(data.getShort()) * 2 == data.remaining();
  }

  private static boolean contextQuery(ByteBuffer data) {
    if (data.remaining() < 4 || !knows(data, Integer.toUnsignedLong(data.getInt()))) return false;
    if (data.remaining() < 4) return false;
    long queries = Integer.toUnsignedLong(data.getInt());
    for (long i = 0; i < queries; i++) {
      if (data.remaining() < 4) return false;
      if (text(data, Integer.toUnsignedLong(data.getInt())).isEmpty()) return false;
    }
    return !data.hasRemaining();
  }

  private static boolean knows(ByteBuffer data, long lengthBytes) {
    return text(data, lengthBytes).filter(EXPORTS::contains).isPresent();
  }

  /** "Strings … UTF-8 … MUST NOT contain NUL … at most 4096 bytes". */
  private static Optional<String> text(ByteBuffer data, long lengthBytes) {
    if (lengthBytes > data.remaining() || lengthBytes > 4096) return Optional.empty();
    ByteBuffer encoded = data.slice(data.position(), (int) lengthBytes);
    data.position(data.position() + (int) lengthBytes);
    try {
      String text = UTF_8.newDecoder().decode(encoded).toString();
      return Optional.of(text).filter(all -> all.indexOf(0) < 0);
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  /** Whether there was a whole one. */
  private boolean request() {
    boolean wide = form == Form.EXTENDED;
    int start = bytes.position();
    // The server may look at the magic as soon as it knows which request to blame.
    boolean named = bytes.remaining() >= 16;
    if (named && bytes.getInt(start) != (wide ? EXTENDED_REQUEST_MAGIC : REQUEST_MAGIC)) {
      end = End.OUT_OF_STEP;
      return false;
    }
    if (bytes.remaining() < (wide ? 32 : 28)) return false;
    bytes.putLong(start + 8, requests.size());
    int flags = Short.toUnsignedInt(bytes.getShort(start + 4));
    int type = Short.toUnsignedInt(bytes.getShort(start + 6));
    long offset = bytes.getLong(start + 16);
    long length =
        wide ? bytes.getLong(start + 24) : Integer.toUnsignedLong(bytes.getInt(start + 24));
    bytes.position(start + (wide ? 32 : 28));
    if (type == DISC) {
      end = End.LEFT;
      return false;
    }
    boolean carries = type == WRITE || (wide && (flags & PAYLOAD_LEN) != 0); // qemu flags none
    return payload(flags, type, offset, length, carries);
  }

  private boolean payload(int flags, int type, long offset, long length, boolean carries) {
    long range = length;
    boolean fails = form == Form.EXTENDED && carries != (type == WRITE) && type != BLOCK_STATUS;
    if (carries) {
      if (Long.compareUnsigned(length, DRAINED_BYTES_MAX) > 0) end = End.OUT_OF_STEP;
      if (Long.compareUnsigned(length, bytes.remaining()) > 0) return false;
      ByteBuffer payload = bytes.slice(bytes.position(), (int) length);
      bytes.position(bytes.position() + (int) length);
      if (type == BLOCK_STATUS) {
        // It says which contexts it asks about: a length, then one number for each.
        fails = length < 12 || length % 4 != 0;
        range = fails ? 0 : payload.getLong();
      }
    }
    fails |= type > BLOCK_STATUS || isOutside(type, offset, range);
    requests.add(new Request(flags, type, requests.size(), offset, range, fails));
    return true;
  }

  private static boolean isOutside(int type, long offset, long length) {
    if (type == FLUSH || length == 0) return false;
    return Long.compareUnsigned(length, SIZE_BYTES) > 0
        || Long.compareUnsigned(offset, SIZE_BYTES - length) > 0;
  }
}
