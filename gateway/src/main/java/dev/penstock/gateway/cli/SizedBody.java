package dev.penstock.gateway.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A body whose length was announced. */
final class SizedBody extends InputStream {
  private final InputStream in;
  private long left;

  SizedBody(InputStream in, long lengthBytes) {
    this.in = in;
    this.left = lengthBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (left == 0) return -1;
    int bytes = in.read(target, offset, (int) Math.min(length, left));
    if (bytes < 0) throw new EOFException("the answer ended " + left + " bytes too early");
    left -= bytes;
    return bytes;
  }
}
