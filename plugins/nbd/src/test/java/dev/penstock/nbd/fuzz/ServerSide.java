package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.fuzz.ClientSide.Form;
import dev.penstock.nbd.fuzz.ClientSide.Request;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads what a server said to a client, and fails at the first byte that the protocol document does
 * not allow after what the client said. Shares no code with the server.
 */
final class ServerSide {
  private static final Set<Integer> ERRORS = Set.of(1, 5, 12, 22, 28, 75, 95, 108);
  private static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
  private static final int SIMPLE_REPLY_MAGIC = 0x67446698;
  private static final int CHUNK_MAGIC = 0x668e33ef;
  private static final int EXTENDED_CHUNK_MAGIC = 0x6e8a278c;
  private static final int REPLY_BYTES_MAX = 64 << 10;

  /** What was answered so far of a request that is answered in pieces. */
  private static final class Pieces {
    private final Map<Long, Long> lengthByOffset = new HashMap<>();
    private boolean failed;
    private boolean status;
  }

  private final ClientSide client;
  private final ByteBuffer bytes;
  private final Map<Long, Request> open = new HashMap<>();
  private final Map<Long, Pieces> pieces = new HashMap<>();
  private boolean statusAgreed;

  private ServerSide(ClientSide client, byte[] bytes) {
    this.client = client;
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /**
   * Reads all that was said.
   *
   * @param whole whether the client is owed an answer to everything that it asked for; not if it
   *     was cut off
   */
  static void check(ClientSide client, byte[] bytes, boolean whole) {
    var side = new ServerSide(client, bytes);
    try {
      side.read(whole);
    } catch (BufferUnderflowException | IndexOutOfBoundsException cutShort) {
      throw new AssertionError("half a message at " + side.bytes, cutShort);
    }
  }

  private void read(boolean whole) {
    require(bytes.getLong() == 0x4e42444d41474943L, "NBDMAGIC");
    if (client.oldStyle) hello();
    else negotiation(whole);
    client.requests.forEach(request -> open.put(request.cookie(), request));
    while (bytes.hasRemaining() && !saysThatNothingBeginsThere()) reply();
    require(!whole || open.isEmpty(), "requests were not answered: ", open.values());
  }

  /** Old-style, all at once: size, flags, zeroes. */
  private void hello() {
    require(bytes.getLong() == 0x00420281861253L, "the magic of old-style");
    require(bytes.getLong() == ClientSide.SIZE_BYTES, "the size");
    require((bytes.getInt() & 1) == 1, "HAS_FLAGS");
    for (int i = 0; i < 124; i++) require(bytes.get() == 0, "a reserved zero");
  }

  /** The last thing that flexnbd says, for whatever cookie stands there: EBADMSG. */
  private boolean saysThatNothingBeginsThere() {
    if (!client.oldStyle || client.end != ClientSide.End.OUT_OF_STEP) return false;
    if (bytes.remaining() != 16 || bytes.getInt(bytes.position() + 4) != 74) return false;
    bytes.position(bytes.limit());
    return true;
  }

  private void negotiation(boolean whole) {
    require(bytes.getLong() == 0x49484156454F5054L, "IHAVEOPT");
    require(bytes.getShort() == 3, "the handshake flags");
    for (ClientSide.Option option : client.options) {
      if (!whole && !bytes.hasRemaining()) return;
      answer(option);
    }
  }

  // Options.

  private void answer(ClientSide.Option option) {
    if (option.code() == ClientSide.EXPORT_NAME) {
      if (!option.acknowledged()) return;
      exportInfo();
      if (client.zeroes) for (int i = 0; i < 124; i++) require(bytes.get() == 0, "a reserved zero");
      return;
    }
    if (option.code() == ClientSide.SET_META_CONTEXT) statusAgreed = false;
    while (true) {
      require(bytes.getLong() == OPTION_REPLY_MAGIC, "the magic of an option reply");
      require(bytes.getInt() == option.code(), "option ", option.code());
      int type = bytes.getInt();
      ByteBuffer data = take(bytes.getInt());
      if (type == 1 || type < 0) {
        require((type == 1) == option.acknowledged(), "another reply than", type, "to", option);
        require(type < 0 || !data.hasRemaining(), "an ACK without data");
        return;
      }
      information(option, type, data);
    }
  }

  private void information(ClientSide.Option option, int type, ByteBuffer data) {
    switch (option.code() << 8 | type) {
      case 3 << 8 | 2 -> require(data.getInt() <= data.remaining(), "a name in a LIST");
      case 6 << 8 | 3, 7 << 8 | 3 -> {
        int info = data.getShort();
        int want = info == 0 ? 10 : info == 3 ? 12 : data.remaining();
        require(info >= 0 && info <= 3 && data.remaining() == want, "information ", info);
      }
      case 9 << 8 | 4, 10 << 8 | 4 -> {
        data.getInt();
        statusAgreed |= option.code() == ClientSide.SET_META_CONTEXT;
      }
      default -> throw new AssertionError("reply %d to option %s".formatted(type, option));
    }
  }

  private void exportInfo() {
    require(bytes.getLong() == ClientSide.SIZE_BYTES, "the size");
    require((bytes.getShort() & 1) == 1, "HAS_FLAGS");
  }

  // Requests.

  private void reply() {
    if (client.form == Form.SIMPLE) simple();
    else chunk();
  }

  private void simple() {
    require(bytes.getInt() == SIMPLE_REPLY_MAGIC, "the magic of a simple reply");
    int error = bytes.getInt();
    Request request = close(bytes.getLong());
    verdict(request, error);
    require(error != 0 || request.type() != ClientSide.BLOCK_STATUS, "no block status in a reply");
    if (request.type() == ClientSide.READ && error == 0) take(request.lengthBytes());
  }

  private void chunk() {
    boolean wide = client.form == Form.EXTENDED;
    require(bytes.getInt() == (wide ? EXTENDED_CHUNK_MAGIC : CHUNK_MAGIC), "the magic of a chunk");
    int flags = bytes.getShort();
    int type = Short.toUnsignedInt(bytes.getShort());
    long cookie = bytes.getLong();
    Request request = open.get(cookie);
    require(request != null, "a chunk for somebody, not for", cookie);
    if (wide) require(bytes.getLong() == request.offset(), "the offset of", request);
    ByteBuffer payload = take(wide ? bytes.getLong() : bytes.getInt());
    require((flags & ~1) == 0, "the flags of a chunk");
    Pieces so = pieces.computeIfAbsent(cookie, _ -> new Pieces());
    piece(request, so, type, payload);
    require(!payload.hasRemaining(), "no bytes too many in chunk type", type);
    if ((flags & 1) != 0) done(close(cookie), so);
  }

  private void piece(Request request, Pieces so, int type, ByteBuffer payload) {
    switch (type) {
      case 0 -> {}
      case 1 -> data(request, so, payload.getLong(), payload.remaining(), payload);
      case 2 -> data(request, so, payload.getLong(), payload.getInt(), payload);
      case 5, 6 -> {
        boolean wide = client.form == Form.EXTENDED;
        require(statusAgreed && wide == (type == 6), "block status that was agreed on");
        payload.getInt(); // which context: there is one
        require(!wide || payload.getInt() == payload.remaining() / 16, "the count");
        status(request, so, payload, wide);
      }
      case 0x8001 -> {
        verdict(request, payload.getInt());
        require(payload.getShort() == payload.remaining(), "the length of a reason");
        payload.position(payload.limit());
        so.failed = true;
      }
      default -> throw new AssertionError("chunk type " + type);
    }
  }

  private static void data(Request request, Pieces so, long offset, int length, ByteBuffer data) {
    require(request.type() == ClientSide.READ, "data for ", request);
    require(length > 0, "an empty piece");
    long from = offset - request.offset();
    require(from >= 0 && from + length <= request.lengthBytes(), "a piece outside of ", request);
    require(so.lengthByOffset.put(offset, (long) length) == null, "a piece twice");
    data.position(data.limit());
  }

  private static void status(Request request, Pieces so, ByteBuffer descriptors, boolean wide) {
    require(request.type() == ClientSide.BLOCK_STATUS, "a status for ", request);
    require(!so.status && descriptors.remaining() >= 8, "one status");
    so.status = true;
    long sum = 0;
    long before = -1;
    for (int i = 0; descriptors.hasRemaining(); i++) {
      require(i == 0 || (request.flags() & 8) == 0, "REQ_ONE: one descriptor");
      long length = wide ? descriptors.getLong() : Integer.toUnsignedLong(descriptors.getInt());
      long state = wide ? descriptors.getLong() : descriptors.getInt();
      require(length > 0 && state != before, "descriptors that differ and are not empty");
      sum += length;
      before = state;
    }
    require(sum <= request.lengthBytes(), "no more than was asked for");
  }

  /** The last chunk has come: is it all there? */
  private void done(Request request, Pieces so) {
    if (so.failed) return;
    verdict(request, 0);
    require(so.status == (request.type() == ClientSide.BLOCK_STATUS), "a status for ", request);
    long sum = so.lengthByOffset.values().stream().mapToLong(length -> length).sum();
    long want = request.type() == ClientSide.READ ? request.lengthBytes() : 0;
    long at = request.offset();
    while (so.lengthByOffset.containsKey(at)) at += so.lengthByOffset.get(at);
    require(sum == want && at == request.offset() + want, "all pieces of", request);
  }

  private static void verdict(Request request, int error) {
    require(error == 0 || ERRORS.contains(error), "error ", error);
    require(error != 0 || !request.mustFail(), "a failure of", request);
  }

  private Request close(long cookie) {
    Request request = open.remove(cookie);
    if (request == null) throw new AssertionError("a reply for nobody: " + cookie);
    return request;
  }

  private ByteBuffer take(long length) {
    require(length >= 0 && length <= ClientSide.SIZE_BYTES + REPLY_BYTES_MAX, "a length: ", length);
    ByteBuffer taken = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    return taken;
  }

  private static void require(boolean holds, Object... what) {
    if (!holds) throw new AssertionError("expected " + Arrays.toString(what));
  }
}
