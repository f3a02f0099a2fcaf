package dev.penstock.nbd.mirror;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.wire.Wire;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** A stand-in for flexnbd's listen mode: what it says, in which order, and what ends it. */
final class FlexnbdListener {
  static final int FLAGS =
      Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH | Wire.EXPORT_SEND_FUA; // 13

  /** What the last connection came to. */
  enum Outcome {
    WAITING,
    /** The disconnect message, with offset 0 and length 0, and nothing after it. */
    COMPLETE,
    /** The connection ended without it. */
    GIVEN_UP,
    /** It got what it does not take. */
    CONFUSED
  }

  volatile Outcome outcome = Outcome.WAITING;
  final AtomicInteger flushes = new AtomicInteger();

  /** Serves one source at a time, one request at a time. */
  Script listens() {
    return session -> {
      outcome = Outcome.WAITING;
      session.flags(FLAGS).oldStyle();
      outcome = serve(session);
    };
  }

  private Outcome serve(FakeServer.Session session) throws IOException {
    while (true) {
      FakeServer.Seen request;
      try {
        request = session.header();
      } catch (IOException _) {
        return Outcome.GIVEN_UP;
      }
      switch (request.command()) {
        case WRITE ->
            session.in.readFully(session.disk(), (int) request.offset(), request.lengthBytes());
        case FLUSH -> flushes.incrementAndGet();
        case DISC -> {
          boolean empty = request.offset() == 0 && request.lengthBytes() == 0;
          return empty && session.in.available() == 0 ? Outcome.COMPLETE : Outcome.CONFUSED;
        }
        default -> {
          return Outcome.CONFUSED;
        }
      }
      FakeServer.Session.simple(session.out, 0, request.cookie());
    }
  }
}
