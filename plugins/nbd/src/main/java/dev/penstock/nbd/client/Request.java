package dev.penstock.nbd.client;

import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Something that is asked of a server, with the bytes of its caller. Its cookie stays the same
 * however often it is sent: a replay is the same request, byte for byte.
 *
 * <p><b>Threads.</b> Its owner's event loop, from the time it is submitted until {@link #done}
 * completes; the caller's buffer is touched in between and never after.
 */
public final class Request {
  private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);
  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(64 << 10);

  /** As if the longest read came in sectors: no server cuts finer, and memory has an end. */
  private static final int PIECES_MAX = Wire.PAYLOAD_BYTES_PORTABLE / 512;

  /**
   * Where bytes of a read go: those from {@code offset} on, for as long as {@code bytes} is. What a
   * read brings and no window wants is dropped.
   */
  public record Window(long offset, ByteBuffer bytes) {
    /** What is left of a window of some bytes; their position and limit stay as they are. */
    public static Window at(long offset, ByteBuffer target) {
      return new Window(offset, target.slice());
    }

    long begin(long at) {
      return Math.max(at, offset);
    }

    /** Room for what it wants of so many bytes at {@code at}; for none, perhaps. */
    ByteBuffer part(long at, int lengthBytes) {
      long begin = begin(at);
      long end = Math.min(at + lengthBytes, offset + bytes.capacity());
      return begin < end ? bytes.slice((int) (begin - offset), (int) (end - begin)) : NO_DATA;
    }
  }

  /** A part of a read that has arrived. */
  private record Piece(long offset, long endOffset) {}

  public final Command command;
  public final int flags;
  public final long offset;
  public final int lengthBytes;

  /** What is written. */
  public final ByteBuffer data;

  /** Where a read goes. */
  private final List<Window> windows;

  /** Completes with the request itself, or with what it failed with. */
  public final CompletableFuture<Request> done = new CompletableFuture<>();

  /** Since when its caller waits: of a call in several pieces, the same for all. */
  public final long begunNanos;

  public long cookie;

  /** How many changes had been answered when it was asked: {@code Unflushed}. */
  public long changesBefore;

  // Of the attempt that is under way:

  /** Its payload is still in the hands of a socket. */
  boolean writing;

  /** Its reply is complete. */
  boolean answered;

  /** The first error number that was answered; 0 for none. */
  public int error;

  /** What the server said about it. */
  String reason = "";

  public BlockStatus status = new BlockStatus(0);
  private final List<Piece> pieces = new ArrayList<>(1);

  private Request(
      Command command,
      int flags,
      long offset,
      int lengthBytes,
      ByteBuffer data,
      List<Window> windows,
      long begunNanos) {
    this.begunNanos = begunNanos;
    this.command = command;
    this.flags = flags;
    this.offset = offset;
    this.lengthBytes = lengthBytes;
    this.data = data;
    this.windows = windows;
  }

  public static Request read(long offset, int lengthBytes, List<Window> windows, long begunNanos) {
    return new Request(Command.READ, 0, offset, lengthBytes, NO_DATA, windows, begunNanos);
  }

  public static Request write(long offset, ByteBuffer source, boolean durably, long begunNanos) {
    int flags = durably ? Wire.CMD_FLAG_FUA : 0;
    return new Request(
        Command.WRITE, flags, offset, source.remaining(), source, List.of(), begunNanos);
  }

  /** Anything without data. Begins now: a call that has no bound in length has its pieces timed. */
  public static Request of(Command command, int flags, long offset, int lengthBytes) {
    return new Request(command, flags, offset, lengthBytes, NO_DATA, List.of(), System.nanoTime());
  }

  /** Forgets what an earlier attempt brought. */
  void begin() {
    writing = false;
    answered = false;
    error = 0;
    reason = "";
    if (command == Command.BLOCK_STATUS) status = new BlockStatus(Wire.EXTENTS_PORTABLE);
    pieces.clear();
  }

  /** A piece of a read is about to arrive. */
  void expect(long at, long pieceBytes) {
    if (command != Command.READ)
      throw new ProtocolError("data in the reply to a %s".formatted(command));
    if (at < offset || pieceBytes < 0 || pieceBytes > lengthBytes - (at - offset))
      throw new ProtocolError(
          "%d bytes at %d in the reply to a read of %d at %d"
              .formatted(pieceBytes, at, lengthBytes, offset));
    if (pieces.size() == PIECES_MAX)
      throw new ProtocolError("a %s in more than %d pieces".formatted(this, PIECES_MAX));
    pieces.add(new Piece(at, at + pieceBytes));
  }

  /** Takes bytes of a read from a socket. */
  void fill(long at, ByteBuf from, int bytes) {
    for (Window window : windows) {
      ByteBuffer part = window.part(at, bytes);
      int index = from.readerIndex() + (int) (window.begin(at) - at);
      if (part.hasRemaining()) from.getBytes(index, part);
    }
    from.skipBytes(bytes);
  }

  /** A piece of a read is all zeroes. */
  void fillWithZeroes(long at, int bytes) {
    for (Window window : windows) {
      ByteBuffer hole = window.part(at, bytes);
      while (hole.hasRemaining())
        hole.put(ZEROES.duplicate().limit(Math.min(ZEROES.capacity(), hole.remaining())));
    }
  }

  void fail(int number, String why) {
    if (error != 0) return;
    error = number;
    reason = why;
  }

  /** Its reply has ended. A read that succeeded has every byte, and each of them once. */
  void end() {
    answered = true;
    if (command != Command.READ || error != 0) return;
    if (pieces.size() > 1) pieces.sort(Comparator.comparingLong(Piece::offset));
    long at = offset;
    for (Piece piece : pieces) {
      if (piece.offset != at) break;
      at = piece.endOffset;
    }
    if (at != offset + lengthBytes)
      throw new ProtocolError(
          "a read of %d bytes at %d was answered without the byte at %d"
              .formatted(lengthBytes, offset, at));
  }

  @Override
  public String toString() {
    return "%s of %d bytes at %d".formatted(command, lengthBytes, offset);
  }
}
