package dev.penstock.gateway;

import io.vertx.core.json.jackson.JacksonCodec;
import io.vertx.core.spi.JsonFactory;
import io.vertx.core.spi.json.JsonCodec;

/**
 * JSON without a binding to classes, which nothing here uses. With Jackson's databind on the class
 * path Vert.x would make two mappers of it, at the first manifest that a start reads.
 */
public final class PlainJson implements JsonFactory {
  /** For {@code ServiceLoader}. */
  public PlainJson() {}

  @Override
  public JsonCodec codec() {
    return new JacksonCodec();
  }
}
