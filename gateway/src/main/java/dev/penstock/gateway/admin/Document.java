package dev.penstock.gateway.admin;

import io.vertx.core.buffer.Buffer;

/** A text that is shown as it is: the metrics, a contract. */
record Document(String contentType, Buffer text) {
  static Document yaml(String text) {
    return new Document("application/yaml", Buffer.buffer(text));
  }
}
