package dev.penstock.gateway.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/** A connection to the gateway. Reads end with {@link java.net.SocketTimeoutException}. */
interface Wire extends Closeable {
  Duration CONNECT_LIMIT = Duration.ofSeconds(5);

  InputStream in();

  OutputStream out();

  @Override
  void close() throws IOException;
}
