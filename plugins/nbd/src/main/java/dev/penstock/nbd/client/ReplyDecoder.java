package dev.penstock.nbd.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.OptionalInt;

/**
 * Cuts a server's bytes into replies, however they are fragmented, and puts the data of a read
 * where its caller wants it. Protocol document, "Simple reply message", "Structured reply chunk
 * message".
 *
 * <p><b>Threads.</b> The connection's event loop only. <b>Errors.</b> {@link ProtocolError} for
 * anything that no request of ours can be answered with: nothing after it can be understood.
 */
final class ReplyDecoder {
  /** Who knows what was asked. */
  interface Receiver {
    /** The request with this cookie; {@link ProtocolError} if it has no reply to come. */
    Request request(long cookie);

    /** A reply has ended, well or not. */
    void answered(Request request);
  }

  private enum Step {
    MAGIC,
    SIMPLE,
    CHUNK,
    /** What stands in front of a chunk's data, or all of a chunk that has none. */
    PAYLOAD,
    DATA
  }

  private static final int ERROR_BIT = 1 << 15;
  private static final int OFFSET_BYTES = 8;
  private static final int HOLE_BYTES = OFFSET_BYTES + 4;
  private static final int DESCRIPTOR_BYTES = 8;

  /** An error says a number, a text, and perhaps an offset. */
  private static final int ERROR_BYTES_MAX = 4 + 2 + Wire.STRING_BYTES_MAX + OFFSET_BYTES;

  private static final int STATUS_BYTES_MAX = 4 + Wire.EXTENTS_PORTABLE * DESCRIPTOR_BYTES;

  private final boolean structured;
  private final OptionalInt allocation;
  private final Receiver receiver;
  private ByteBuf head = Unpooled.buffer(Wire.CHUNK_BYTES);

  private Step step = Step.MAGIC;
  private Request request = Request.of(Command.UNKNOWN, 0, 0, 0);
  private int needBytes = Integer.BYTES;
  private boolean last;
  private int type;
  private long dataOffset;
  private int dataLeftBytes;

  ReplyDecoder(Offer offer, Receiver receiver) {
    this.structured = offer.structured();
    this.allocation = offer.allocation();
    this.receiver = receiver;
  }

  /** Consumes everything. */
  void decode(ByteBuf in) {
    while (step == Step.DATA ? moveData(in) : collect(in)) {
      switch (step) {
        case MAGIC -> magic(head.getInt(0));
        case SIMPLE -> simple();
        case CHUNK -> chunk();
        case PAYLOAD -> payload();
        case DATA -> ended();
      }
    }
  }

  /** Whether what is needed is there. */
  private boolean collect(ByteBuf in) {
    int missing = needBytes - head.readableBytes();
    head.writeBytes(in, Math.min(missing, in.readableBytes()));
    return head.readableBytes() == needBytes;
  }

  /** Whether the data has ended. */
  private boolean moveData(ByteBuf in) {
    int bytes = Math.min(dataLeftBytes, in.readableBytes());
    request.fill(dataOffset, in, bytes);
    dataOffset += bytes;
    dataLeftBytes -= bytes;
    return dataLeftBytes == 0;
  }

  private void magic(int magic) {
    switch (magic) {
      case Wire.SIMPLE_REPLY_MAGIC -> await(Step.SIMPLE, Wire.SIMPLE_REPLY_BYTES);
      case Wire.STRUCTURED_REPLY_MAGIC -> {
        if (!structured) throw new ProtocolError("a chunk, and none was negotiated");
        await(Step.CHUNK, Wire.CHUNK_BYTES);
      }
      default -> throw new ProtocolError("0x%08x where a reply begins".formatted(magic));
    }
  }

  private void simple() {
    head.skipBytes(Integer.BYTES);
    int error = head.readInt();
    request = receiver.request(head.readLong());
    last = true;
    if (error != 0) request.fail(error, "");
    if (error != 0 || request.command != Command.READ) {
      ended(); // an error reply has no data
      return;
    }
    expectData(request.offset, request.lengthBytes);
  }

  private void chunk() {
    head.skipBytes(Integer.BYTES);
    last = (head.readUnsignedShort() & Wire.CHUNK_FLAG_DONE) != 0;
    type = head.readUnsignedShort();
    request = receiver.request(head.readLong());
    long payloadBytes = head.readUnsignedInt();
    switch (type) {
      case Wire.CHUNK_NONE -> {
        require(payloadBytes == 0 && last, payloadBytes);
        ended();
      }
      case Wire.CHUNK_OFFSET_DATA -> {
        require(payloadBytes > OFFSET_BYTES, payloadBytes);
        require(payloadBytes - OFFSET_BYTES <= request.lengthBytes, payloadBytes);
        dataLeftBytes = (int) payloadBytes - OFFSET_BYTES;
        await(Step.PAYLOAD, OFFSET_BYTES);
      }
      case Wire.CHUNK_OFFSET_HOLE -> {
        require(payloadBytes == HOLE_BYTES, payloadBytes);
        await(Step.PAYLOAD, HOLE_BYTES);
      }
      case Wire.CHUNK_BLOCK_STATUS -> {
        require(
            request.command == Command.BLOCK_STATUS
                && payloadBytes <= STATUS_BYTES_MAX
                && payloadBytes >= 4 + DESCRIPTOR_BYTES
                && payloadBytes % DESCRIPTOR_BYTES == 4,
            payloadBytes);
        await(Step.PAYLOAD, (int) payloadBytes);
      }
      default -> {
        require(
            (type & ERROR_BIT) != 0 && payloadBytes >= 6 && payloadBytes <= ERROR_BYTES_MAX,
            payloadBytes);
        await(Step.PAYLOAD, (int) payloadBytes);
      }
    }
  }

  private void require(boolean right, long payloadBytes) {
    if (!right)
      throw new ProtocolError(
          "a chunk of type %d with %d bytes in the reply to %s"
              .formatted(type, payloadBytes, request));
  }

  private void payload() {
    switch (type) {
      case Wire.CHUNK_OFFSET_DATA -> expectData(head.readLong(), dataLeftBytes);
      case Wire.CHUNK_OFFSET_HOLE -> {
        long at = head.readLong();
        long bytes = head.readUnsignedInt();
        request.expect(at, bytes);
        request.fillWithZeroes(at, (int) bytes);
        ended();
      }
      case Wire.CHUNK_BLOCK_STATUS -> {
        status();
        ended();
      }
      default -> {
        int error = head.readInt();
        int textBytes = Math.min(head.readUnsignedShort(), head.readableBytes());
        String text = head.readCharSequence(textBytes, UTF_8).toString();
        request.fail(error == 0 ? ErrorNumber.EIO.code() : error, Said.of(text));
        ended();
      }
    }
  }

  private void status() {
    int context = head.readInt();
    if (allocation.isEmpty() || allocation.getAsInt() != context)
      throw new ProtocolError("the status of context %d, which nobody chose".formatted(context));
    while (head.isReadable()) {
      long bytes = head.readUnsignedInt();
      int state = head.readInt();
      if (bytes == 0) throw new ProtocolError("an extent of no bytes");
      request.status.add(bytes, state);
    }
  }

  private void expectData(long at, int bytes) {
    request.expect(at, bytes);
    dataOffset = at;
    dataLeftBytes = bytes;
    step = Step.DATA;
  }

  /** The chunk has ended, and with the last one the reply. */
  private void ended() {
    Request ended = request;
    if (head.capacity() > Wire.CHUNK_BYTES) head = Unpooled.buffer(Wire.CHUNK_BYTES);
    head.clear();
    step = Step.MAGIC;
    needBytes = Integer.BYTES;
    if (!last) return;
    ended.end();
    receiver.answered(ended);
  }

  private void await(Step next, int bytes) {
    if (next == Step.PAYLOAD) head.clear();
    step = next;
    needBytes = bytes;
  }
}
