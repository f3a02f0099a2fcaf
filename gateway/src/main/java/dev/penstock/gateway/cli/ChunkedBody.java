package dev.penstock.gateway.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A body in chunks (RFC 9112 §7.1). Only the last chunk, of no bytes, is an end. */
final class ChunkedBody extends InputStream {
  private static final int LINE_CHARACTERS_MAX = 1024;

  private final InputStream in;
  private long left;
  private boolean first = true;
  private boolean ended;

  ChunkedBody(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (left == 0 && !ended) nextChunk();
    if (ended) return -1;
    int bytes = in.read(target, offset, (int) Math.min(length, left));
    if (bytes < 0) throw cutShort();
    left -= bytes;
    return bytes;
  }

  private void nextChunk() throws IOException {
    if (!first && !line().isEmpty()) throw new IOException("a chunk of the answer is broken");
    first = false;
    String size = line().split(";", 2)[0].strip();
    if (!size.matches("[0-9a-fA-F]{1,15}"))
      throw new IOException("a chunk of the answer has no size");
    left = Long.parseLong(size, 16);
    if (left > 0) return;
    ended = true;
    while (!line().isEmpty()) {
      // Trailers: nobody needs them.
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) throw cutShort();
      if (line.length() > LINE_CHARACTERS_MAX) throw new IOException("a chunk's line is too long");
      if (b != '\r') line.append((char) b);
    }
    return line.toString();
  }

  private static EOFException cutShort() {
    return new EOFException("the answer was cut short");
  }
}
