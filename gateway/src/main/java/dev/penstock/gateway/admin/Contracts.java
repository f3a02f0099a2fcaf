package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The OpenAPI documents: the gateway's own, and one for each module that added routes. */
final class Contracts {
  /** The gateway's own document; no module can be called so. */
  static final String GATEWAY = "gateway";

  private final Map<String, String> documents = new ConcurrentSkipListMap<>();

  Contracts() {
    documents.put(GATEWAY, own());
  }

  static String own() {
    try (InputStream in = Contracts.class.getResourceAsStream("/openapi.yaml")) {
      if (in == null) throw new IllegalStateException("openapi.yaml is not in the gateway's jar");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void put(String owner, String document) {
    documents.put(owner, document);
  }

  void remove(String owner) {
    documents.remove(owner);
  }

  List<String> owners() {
    return List.copyOf(documents.keySet());
  }

  Document document(String owner) {
    String document = documents.get(owner);
    if (document == null)
      throw new GatewayError.NotFound(
          "no contract is called \"%s\"; there are: %s"
              .formatted(Plain.text(owner), String.join(", ", owners())));
    return Document.yaml(document);
  }
}
