package dev.penstock.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import io.vertx.core.json.jackson.JacksonCodec;
import org.junit.jupiter.api.Test;

class PlainJsonTest {
  @Test
  void vertxTakesTheCodecThatMakesNoMappers() {
    assertThat(Json.CODEC.getClass()).isEqualTo(JacksonCodec.class);
  }
}
