package dev.penstock.spi.stream;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** What Java has of itself, as a compression for records. */
public record Deflated(int id) implements RecordCompression {
  public Deflated() {
    this(200);
  }

  @Override
  public boolean compress(ByteBuffer source, ByteBuffer target) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(source);
      deflater.finish();
      deflater.deflate(target);
      return deflater.finished();
    } finally {
      deflater.end();
    }
  }

  @Override
  public void decompress(ByteBuffer source, ByteBuffer target) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(source);
      inflater.inflate(target);
    } catch (DataFormatException e) {
      throw new GatewayError.Damaged("not deflated", e);
    } finally {
      inflater.end();
    }
  }
}
