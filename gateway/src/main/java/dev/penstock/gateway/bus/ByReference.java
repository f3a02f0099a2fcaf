package dev.penstock.gateway.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Hands immutable records from sender to receiver as they are. Chosen by a selector and never
 * registered for a class: a class of a plugin would stay in memory with its registration.
 */
final class ByReference implements MessageCodec<Object, Object> {
  static final String NAME = "penstock-by-reference";

  @Override
  public void encodeToWire(Buffer buffer, Object message) {
    throw new IllegalStateException("the bus of a gateway never leaves its process");
  }

  @Override
  public Object decodeFromWire(int position, Buffer buffer) {
    throw new IllegalStateException("the bus of a gateway never leaves its process");
  }

  @Override
  public Object transform(Object message) {
    return message;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1; // not one of Vert.x's own
  }
}
